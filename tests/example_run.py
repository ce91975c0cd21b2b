"""A short run for the tests of the views, and what its renderables look like on a screen."""

import io

from rich.console import Console, RenderableType

from orchestra_cli.events import Event, RunStarted
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory, Turn
from orchestra_cli.views.run_view import RunView
from tools.base import Observation, Usage

ORCHESTRATOR = Orchestrator("embedded", "model", "toolorchestra")
LOCAL = Usage("orchestrator", input_tokens=412, output_tokens=21, latency_s=0.4)
REMOTE = Usage("gpt-5-mini", input_tokens=1000, output_tokens=180, cost_usd=0.0012, latency_s=2.0)
PYTHON = Turn(0, "", "python", {"code": "2350*0.17"}, Observation("399.5\n"), usage=(LOCAL,))
ANSWER = Turn(
    index=1,
    thought="",
    tool="answer",
    arguments={"model": "answer-2"},
    observation=Observation("Europe grew by 4 percent."),
    slot="answer-2",
    expert="gpt-5-mini",
    leaves_machine=True,
    usage=(LOCAL, REMOTE),
)
STARTED = RunStarted("r1", "q", ORCHESTRATOR, ("python",), {}, ("the embedded model is small",))


def shown(*renderables: RenderableType, width: int = 80, height: int = 50) -> str:
    """What the renderables look like on a terminal without colour."""
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=width, height=height, color_system=None
    )
    console.print(*renderables)
    return stream.getvalue()


def after(*events: Event) -> RunView:
    """The view after these events, one second apart."""
    view = RunView()
    for now, event in enumerate(events):
        view = view.apply(event, float(now))
    return view


def finished(stop_reason: StopReason, *turns: Turn, error: str | None = None) -> Trajectory:
    usage = tuple(used for turn in turns for used in turn.usage)
    return Trajectory(
        "r1", "q", ORCHESTRATOR, "42", stop_reason, turns=turns, usage=usage, error=error
    )
