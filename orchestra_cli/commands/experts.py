"""`orchestra experts`: who there is to ask, whether they answer, and how good they are.

stdout carries the lists, the cards or JSON; progress, consent and remarks go to stderr. What a
provider says is untrusted: it is shown on one line without control characters.
"""

from __future__ import annotations

import typer

from orchestra_cli.commands import expert_cards
from orchestra_cli.commands.expert_cards import (
    Json,
    Names,
    no_experts,
    print_json,
    remark,
    selected,
)
from orchestra_cli.errors import ConfigError, ExitCode

app = typer.Typer(name="experts", help="The models that can be asked.", no_args_is_help=True)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show every expert with its roles, price, latency and skill, and where it runs."""
    from orchestra_cli.experts.experience import load_experience
    from orchestra_cli.experts.listing import list_experts, render_listed

    experience = load_experience()
    experts = list_experts(selected(()), experience)
    if as_json:
        print_json([expert.to_json() for expert in experts])
    else:
        typer.echo("\n\n".join("\n".join(render_listed(each)) for each in experts), nl=any(experts))
    if experience.problem:
        remark(f"what was measured before cannot be read: {experience.problem}")
    if not experts:
        remark(no_experts())


@app.command("test")
def test(names: Names = None, *, as_json: Json = False) -> int:
    """Send each expert one tiny request, all at the same time. Exits with 5 if one is silent."""
    from dataclasses import asdict
    from functools import partial

    from orchestra_cli.experts.configured import build_expert
    from orchestra_cli.experts.reach import reach_all
    from orchestra_cli.views.clean_text import one_line
    from orchestra_cli.views.short_forms import short_dollars, short_seconds

    tables = selected(names or ())
    if not tables:
        raise ConfigError(no_experts())
    builders = {n: (table.model, partial(build_expert, n, table)) for n, table in tables.items()}
    reached = reach_all(builders)
    if as_json:
        print_json([asdict(each) | {"reachable": each.error is None} for each in reached])
    else:
        width = max(map(len, tables))
        for each in reached:
            words = f"no answer: {one_line(each.error or '')}"
            if each.latency_s is not None:
                price = short_dollars(each.cost_usd)
                words = f"answered in {short_seconds(each.latency_s)} for {price}"
            typer.echo(f"{each.name.ljust(width)}  {words}")
    return ExitCode.FAILED if any(each.error for each in reached) else ExitCode.ANSWERED


app.command("cards")(expert_cards.cards)
