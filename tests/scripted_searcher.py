"""A search tool whose documents a test writes down."""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.base import CallContext, JsonObject, Observation, ToolError, Usage


@dataclass
class Searcher:
    """A searcher over a dict; a query it does not know fails."""

    documents: dict[str, tuple[str, ...]]
    name: str = "local_search"
    description: str = "Searches."
    parameters: JsonObject = field(default_factory=dict)
    timeout_s: float = 5.0
    remote: bool = False
    asked: list[str] = field(default_factory=list)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        return self.remote

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        self.asked.append(arguments["query"])
        if arguments["query"] == "bug":
            raise KeyError("hits")
        if arguments["query"] not in self.documents:
            raise ToolError(f"{self.name} is down", usage=(Usage(self.name, cost_usd=0.01),))
        found = self.documents[arguments["query"]]
        return Observation("found" if found else "nothing there", documents=found)
