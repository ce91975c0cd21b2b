"""Training: a policy learns to conduct from what its own runs earn (paper, section 4).

    environments/  a task with all that varies drawn from a seed ─→ Episode
                                                                      │ Agent.stream
    rollouts/      the policy under training conducts it ─→ Rollout: (prompt, reply)s, metrics
                                                                      │
    advantages.py  prefs.reward over the group ─→ filters ─→ an advantage for a rollout's turns
                                                                      │
    trainer.py     packed once a shared prompt (packing.py) ─→ losses.py ─→ step ─→ checkpoint
                                                                      │
    metrics.py     a JSON line a step ─→ live view, HTML report     export/: GGUF for llama.cpp

The warm start (SFT) takes the same road with given replies in place of drawn ones. torch is
imported here and nowhere else.
"""
