"""Synthesis: function-calling tasks made from a domain's seed, each of them verified (ToolScale).

    seeds/NAME.toml   tools, how rows are drawn, intents in many wordings   seed_file, seed_problems
         │
    worlds.py         tables drawn from a random seed, and crowded with lookalikes; kept if valid
         │
    drafting.py       intents bound to rows; their golden calls executed as they are written
         │
    evolving.py       the same wish made harder: look-ups, several wishes, lookalikes, conditions
         │
    verifying.py      golden calls run, doing nothing fails, every value can be known, no duplicate
         │            (the same door for what an expert rewrites or proposes, and pass@k after it)
    folder.py         domains/*.toml, tasks.jsonl, manifest.json ─→ orchestra eval, load_synthesised

Everything is a function of the seeds and one number, so the same number gives the same bytes.
"""
