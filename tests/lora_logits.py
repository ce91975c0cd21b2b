"""What a model says next, in torch and in llama.cpp, with its adapter and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.session import Lane, Session
from orchestra_cli.engines.weights import Weights
from orchestra_cli.training.models import Trainable

Logits = NDArray[np.float32]
PROMPT = (
    "<|im_start|>system\nYou answer in few words.<|im_end|>\n"
    "<|im_start|>user\nHow many days have 17 weeks?<|im_end|>\n<|im_start|>assistant\n"
)


def make_loud(trainable: Trainable, *, scale: float, seed: int = 0) -> Trainable:
    """Give a fresh adapter, which does nothing, B-matrices of noise."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, matrix in trainable.model.named_parameters():
            if "lora_" in name:
                width = matrix.shape[1]
                noise = torch.randn(matrix.shape, generator=generator)
                matrix.copy_(noise * (scale if "lora_B" in name else width**-0.5))
    return trainable


def torch_logits(trainable: Trainable, *, adapted: bool) -> Logits:
    """After the last token of the prompt."""
    tokens = torch.tensor([trainable.tokenize(PROMPT)])
    with torch.no_grad():
        if adapted:
            logits = trainable.model(input_ids=tokens).logits
        else:
            with trainable.as_reference():
                logits = trainable.model(input_ids=tokens).logits
    last: Logits = logits[0, -1].float().numpy()
    return last


def llama_logits(path: Path, adapter: Path | None = None) -> Logits:
    """The same, by the engine that inference runs."""
    weights = Weights(path, adapter=adapter, context=512)
    session = Session(weights)
    try:
        tokens = weights.tokenize(PROMPT)
        assert session.evaluate(tokens, lane=Lane.POLICY, stop=lambda: False)
        row: Any = load_library().llama_get_logits_ith(session.context, -1)
        size = load_library().llama_vocab_n_tokens(weights.vocab)
        return np.ctypeslib.as_array(row, (size,)).copy()
    finally:
        session.close()
        weights.close()


def distance(a: Logits, b: Logits) -> float:
    """Root mean square, with what is common to all tokens taken out."""
    difference = (a - a.mean()) - (b - b.mean())
    return float(np.sqrt(np.mean(difference**2)))
