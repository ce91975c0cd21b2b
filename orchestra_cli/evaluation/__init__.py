"""Is it better, cheaper and faster, and does it obey? Evaluation on records for free, or live.

    suite ─→ tasks, recorded experts, prices            `suite`, `task_file`, `loaders`, `records`
      │
      ├─→ cells: each policy under each profile and variant        `policies`, fitted once
      │
      └─→ bench.run(cell, task) ─→ Row         `bench`: the same `Agent.stream` as `orchestra ask`
               in this process, in others, or on a Ray cluster             `execution`
                         │
              rows.jsonl, each row saved at once ─→ Summary ─→ tables, JSON, CSV, Markdown, HTML
                                                 `figures`, `summary`, `report`

Rows are all that a report reads: it can be made again from the folder of a run.
"""
