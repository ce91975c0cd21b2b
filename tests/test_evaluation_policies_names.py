"""How policies are named, and what the sets of them hold."""

from dataclasses import replace

import pytest
from evaluation_settings import CHANCES, made_up_world

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.policies.base import Setting, UnavailableError
from orchestra_cli.evaluation.policies.fitting import PAIR_SHARES, expand, fit_policies
from orchestra_cli.evaluation.policies.names import PolicyName, parse_name

SETTING = made_up_world(num_train=30).setting
PAIR = made_up_world(("small", "large"), num_train=30).setting


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("cheapest", PolicyName("cheapest")),
        ("expert:large", PolicyName("expert", expert="large")),
        ("tfidf@40%", PolicyName("tfidf", 0.4)),
        ("domain-average@12.5%", PolicyName("domain-average", 0.125)),
        ("threshold@0%", PolicyName("threshold", 0.0)),
        ("vote@150%", PolicyName("vote", 1.5)),
    ],
)
def test_names_are_taken_apart(name: str, parsed: PolicyName) -> None:
    assert parse_name(name, SETTING) == parsed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tfdif", "did you mean tfidf?"),
        ("domain-averge@40%", "did you mean domain-average?"),
        ("expert:lage", "did you mean expert:large?"),
        ("expert:", "no such policy"),
        ("zzz", "known are cheapest"),
        ("cheapest@40%", "write cheapest"),
        ("threshold@140%", "between 0% and 100%"),
        ("tfidf@40", "did you mean tfidf?"),
    ],
)
def test_a_wrong_name_is_an_error_with_a_hint(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"--policy {name}: ") as raised:
        fit_policies([name], SETTING)
    assert said in str(raised.value)


def test_sets_stand_for_their_members_each_once() -> None:
    experts = [f"expert:{name}" for name in CHANCES]
    assert expand(["expert:large", "experts", "knn"], SETTING) == [
        "expert:large",
        *(name for name in experts if name != "expert:large"),
        "knn",
    ]
    assert expand(["threshold-curve"], SETTING) == [f"threshold@{share}" for share in PAIR_SHARES]
    assert PAIR_SHARES[::5] == ("0%", "50%", "100%") and len(PAIR_SHARES) == 11


@pytest.mark.parametrize("setting", [SETTING, PAIR], ids=["five experts", "two experts"])
def test_all_names_what_can_be_had(setting: Setting) -> None:
    names = expand(["all"], setting)
    assert {"cheapest", "strongest", "random", "domain-average@40%", "tfidf", "oracle"} <= {*names}
    assert ("agree" in names) is (setting is SETTING)
    assert ("random@50%" in names) is (setting is PAIR)


def test_of_unseen_experts_all_is_what_reads_cards() -> None:
    unseen = replace(SETTING, unseen=frozenset(["large"]))
    names = expand(["all"], unseen)
    fitted = fit_policies([name for name in names if name != "oracle"], unseen)
    assert list(fitted)[-1] == "domain-average"


@pytest.mark.parametrize(
    "name", ["tfidf", "knn", "agree", "agree-domain", "vote", "threshold", "random@50%"]
)
def test_what_learns_needs_rows_of_every_expert(name: str) -> None:
    unseen = replace(SETTING, unseen=frozenset(["large"]))
    with pytest.raises(UnavailableError, match="needs training rows of large"):
        fit_policies([name], unseen)


def test_a_share_needs_dev_rows() -> None:
    with pytest.raises(UnavailableError, match="needs dev rows"):
        fit_policies(["domain-average@40%"], replace(SETTING, dev=()))
