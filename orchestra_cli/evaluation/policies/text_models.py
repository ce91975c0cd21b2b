"""Chances predicted from the question's words: TF-IDF with logistic regression, and neighbours.

Words and pairs of words that at least two training questions have, signs being words too. Settings
were chosen on dev rows of recorded multiple-choice questions: a regression at scikit-learn's own
strength, 40 neighbours, and the expert's mean as ten more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestra_cli.errors import UsageError
from orchestra_cli.policy import Task

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_MANY = 100
"""Of fewer questions no word is left out."""
_NEIGHBOURS = 40
_PRIOR = 10.0
"""So many neighbours that were right as often as the expert is on the whole."""


@dataclass(frozen=True)
class Questions:
    """Training questions as TF-IDF vectors of length 1."""

    vectorizer: Any
    vectors: Any
    """(questions, words), sparse."""

    @classmethod
    def fit(cls, tasks: Sequence[Task]) -> Questions:
        """Raises UsageError without scikit-learn."""
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError:
            message = 'learned policies need scikit-learn: pip install "orchestra-cli[eval]"'
            raise UsageError(message) from None
        texts = [task.problem for task in tasks]
        vectorizer = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=1 if len(texts) < _MANY else 2,
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b|[^\w\s]",  # a question may be nothing but signs
        )
        return cls(vectorizer, vectorizer.fit_transform(texts))


@dataclass(frozen=True)
class Regression:
    """A logistic regression for each of several targets."""

    vectorizer: Any
    weights: Floats
    """(words, targets)"""
    biases: Floats

    @classmethod
    def fit(cls, questions: Questions, targets: Floats) -> Regression:
        """`targets` (questions, targets) lie between 0 and 1; NaN where nothing is known."""
        import numpy as np

        fitted = [_regress(questions.vectors, column) for column in targets.T]
        return cls(
            vectorizer=questions.vectorizer,
            weights=np.column_stack([weights for weights, _ in fitted]),
            biases=np.array([bias for _, bias in fitted]),
        )

    def predict(self, tasks: Sequence[Task]) -> list[list[float]]:
        """Each target's chance."""
        import numpy as np

        vectors = self.vectorizer.transform([task.problem for task in tasks])
        logits = np.asarray(vectors @ self.weights) + self.biases
        chances: list[list[float]] = (1 / (1 + np.exp(-logits))).tolist()
        return chances


def _regress(vectors: Any, target: Floats) -> tuple[Floats, float]:
    """(weights, bias). A score of 0.7 counts as seven right and three wrong of ten."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(target)
    x, y = vectors[known], target[known]
    if not 0 < y.sum() < len(y):  # nothing to tell apart
        rate = (y.sum() + 1) / (len(y) + 2)
        return np.zeros(vectors.shape[1]), math.log(rate / (1 - rate))
    right, wrong = np.flatnonzero(y > 0), np.flatnonzero(y < 1)
    model = LogisticRegression(solver="liblinear").fit(
        x[np.concatenate([right, wrong])],
        np.repeat([1, 0], [len(right), len(wrong)]),
        sample_weight=np.concatenate([y[right], 1 - y[wrong]]),
    )
    return model.coef_[0], float(model.intercept_[0])


@dataclass(frozen=True)
class Neighbours:
    """Each expert's share right among the training questions most like this one."""

    vectorizer: Any
    columns: Any
    """(words, questions), sparse: the product with a question's vector is its cosine to each."""
    known: Floats
    """(questions, experts): 1 where the outcome is known."""
    right: Floats
    """(questions, experts), 0 where it is not."""

    @classmethod
    def fit(cls, questions: Questions, right: Floats) -> Neighbours:
        """`right` is NaN where nothing is known."""
        import numpy as np

        known = ~np.isnan(right)
        return cls(
            vectorizer=questions.vectorizer,
            columns=questions.vectors.T.tocsr(),
            known=known.astype(float),
            right=np.where(known, right, 0.0),
        )

    def predict(self, tasks: Sequence[Task]) -> list[list[float]]:
        """Shrunk to the expert's mean."""
        vectors = self.vectorizer.transform([task.problem for task in tasks])
        mean = self.right.sum(axis=0) / self.known.sum(axis=0).clip(1)
        return [self._shares(vectors[row], mean) for row in range(len(tasks))]

    def _shares(self, vector: Any, mean: Floats) -> list[float]:
        import numpy as np

        cosines = (vector @ self.columns).toarray()[0]
        k = min(_NEIGHBOURS, len(cosines))
        nearest = np.argpartition(-cosines, k - 1)[:k]
        rights = self.right[nearest].sum(axis=0) + _PRIOR * mean
        shares: list[float] = (rights / (self.known[nearest].sum(axis=0) + _PRIOR)).tolist()
        return shares
