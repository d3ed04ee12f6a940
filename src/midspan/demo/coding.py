"""The coding agent: long sessions of reading, searching, editing and testing, with helpers that explore."""

import re
from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Any, Final

from midspan.demo import faults
from midspan.demo.models import HAIKU, OPUS, SONNET, Model
from midspan.demo.texts.code import COMMANDS, FAILURES, HITS, NAMES, SNIPPETS, SYSTEM, TASKS, THOUGHTS, Task
from midspan.demo.trace import Broken, Setting, Trace
from midspan.demo.wording import assistant, one_of, system, tool_call, tool_result, tool_schema, user

TOOLS: Final = [
    tool_schema("read_file", "Read lines of a file.", path="string", start="integer", end="integer"),
    tool_schema("search", "Search the repository by a regular expression.", pattern="string", folder="string"),
    tool_schema("edit_file", "Replace a text in a file.", path="string", old="string", new="string"),
    tool_schema("run", "Run a command in the sandbox.", command="string", timeout_seconds="integer"),
]
_STUCK: Final = faults.Fault(504, "sandbox_timeout", "command did not end within 120 s", 120.0)
_GROWTH: Final = (500, 3_400)
"""Tokens that a step adds to the context."""
_CONTEXT_MAX: Final = 168_000
_SHOWN: Final = 2
"""Steps of the context that the log keeps."""


def work(setting: Setting, dice: Random) -> Iterator[Trace]:
    """One task, from the goal to the diff."""
    task = TASKS[setting.visit.nth * 5 % len(TASKS)]
    trace = Trace(setting, dice, setting.visit.at, name=task.goal[:80])
    session = _Session(trace, dice, task)
    try:
        session.run(setting.visit.spans)
    except Broken as broken:
        trace.abort(broken.fault)
    yield trace


class _Session:
    def __init__(self, trace: Trace, dice: Random, task: Task) -> None:
        self.trace, self.dice, self.task = trace, dice, task
        self.branch = f"agent/{dice.choice(NAMES)}-{dice.randrange(100, 999)}"
        self.system = system(SYSTEM.format(repository=task.repository, branch=self.branch))
        self.model: Model = dice.choices((SONNET, OPUS), (5, 2))[0]
        self.recent: list[list[dict[str, Any]]] = []
        """Calls of tools, each with their results: as much of the context as the log keeps."""
        self.context = 24_000
        self.steps = 0

    def run(self, spans: int) -> None:
        """Work until about so many spans are recorded."""
        trace, task, dice = self.trace, self.task, self.dice
        goal = user(task.goal)
        trace.open("coding-agent", "agent", [goal])
        trace.leaf(
            "checkout",
            "function",
            2.2,
            {"repository": task.repository, "ref": "main"},
            {"branch": self.branch, "files": dice.randrange(180, 2_400)},
        )
        while len(trace.bodies) < spans - 4:
            if self.steps % 9 == 4 and spans - len(trace.bodies) > 20:
                self._explore()
            else:
                self._step(goal, self.model)
        self._tests()
        trace.leaf(
            "git-commit",
            "tool",
            0.3,
            {"message": task.summary.partition(".")[0], "files": [task.files[0]]},
            {
                "commit": f"{dice.getrandbits(40):010x}",
                "insertions": dice.randrange(3, 60),
                "deletions": dice.randrange(1, 40),
            },
        )
        ending = f"Branch `{self.branch}`, {self.steps} steps, all tests green."
        answer = f"{task.summary}\n\n```diff\n{task.diff}\n```\n\n{ending}"
        trace.call(
            self.model,
            [self.system, goal, *chain.from_iterable(self.recent)],
            assistant(answer),
            name="summarise",
            beside=self.context,
            cached=0.97,
            thought=0,
            stream=True,
            finish_reason="stop",
        )
        if dice.random() < 0.4:
            trace.score(trace.bodies[-1], "tests-passed", boolean_value=True, is_passed=True)
        trace.close(assistant(answer))

    def _step(self, goal: dict[str, Any], model: Model) -> None:
        """One thought, and the tools that it asks for."""
        dice, trace = self.dice, self.trace
        self.steps += 1
        words = self._words()
        kind = dice.choices(("read", "search", "edit", "run"), (6, 3, 2, 3))[0]
        at_once = dice.choices((1, 2, 3), (7, 3, 1))[0] if kind in ("read", "search") else 1
        calls = [self._action(kind, words)] + [self._action(kind, self._words()) for _ in range(at_once - 1)]
        asked = [tool_call(f"toolu_{dice.getrandbits(56):014x}", name, arguments) for name, arguments, _ in calls]
        said = assistant(one_of(dice, THOUGHTS[kind], words), tool_calls=asked)
        more: dict[str, Any] = {"tools": TOOLS} if self.steps % 12 == 1 else {}
        if model is OPUS:
            said["reasoning_content"] = self._reasoning(words)
            more["thinking"] = {"type": "enabled", "budget_tokens": 4_096}
        trace.call(
            model, [self.system, goal, *chain.from_iterable(self.recent)], said, name="think", beside=self.context,
            cached=dice.choice((0.96, 0.95, 0.9, 0.6)), thought=dice.randrange(80, 900) if model is OPUS else 0,
            stream=True, finish_reason="tool_calls", max_tokens=16_000, **more,
        )  # fmt: skip
        results = []
        for call, (name, arguments, result) in zip(asked, calls, strict=True):
            fault = _STUCK if name == "run" and dice.random() < 0.012 else None
            trace.tool(name, 3.4 if name == "run" else 0.05, arguments, result, fault=fault)
            results.append(tool_result(call["id"], fault.said() if fault else result))
        self.recent = [*self.recent, [said, *results]][-_SHOWN:]
        self.context = min(self.context + dice.randrange(*_GROWTH), _CONTEXT_MAX)

    def _reasoning(self, words: dict[str, str]) -> str:
        kinds = self.dice.sample(sorted(THOUGHTS), 2)
        return " ".join(one_of(self.dice, THOUGHTS[kind], words) for kind in kinds)

    def _explore(self) -> None:
        """A helper with a small context of its own looks for something."""
        dice, trace = self.dice, self.trace
        words = self._words()
        wanted = f"Find every place that uses `{words['symbol']}` and say which of them depend on its order."
        context, recent = self.context, self.recent
        self.context, self.recent = 3_800, []
        trace.open("explorer", "agent", [user(wanted)])
        for _ in range(dice.randrange(2, 6)):
            self._step(user(wanted), HAIKU)
        found = f"{dice.randrange(2, 9)} uses of `{words['symbol']}`; only the one in `{words['file']}` depends on it."
        trace.close(assistant(found))
        self.context, self.recent = context + 400, recent

    def _words(self) -> dict[str, str]:
        dice, task = self.dice, self.task
        tests = [file for file in task.files if "test" in file]
        file, symbol = dice.choice(task.files), dice.choice(task.symbols)
        folder, _, rest = file.partition("/")
        return {
            "file": file, "symbol": symbol, "bare": re.split(r"\W+", symbol)[-1], "test": dice.choice(tests),
            "folder": folder, "module": f"{folder}.{rest.partition('.')[0].replace('/', '.')}",
        }  # fmt: skip

    def _action(self, kind: str, words: dict[str, str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """A tool, what it is asked, and what it returns."""
        dice, file = self.dice, words["file"]
        if kind == "read":
            start = dice.randrange(1, 240)
            return (
                "read_file",
                {"path": file, "start": start, "end": start + 40},
                {"path": file, "lines": self._code(file)},
            )
        if kind == "search":
            hits = [
                f"{dice.choice(self.task.files)}:{dice.randrange(4, 320)}:{one_of(dice, HITS, words)}"
                for _ in range(dice.randrange(0, 6))
            ]
            return "search", {"pattern": rf"\b{words['bare']}\b", "folder": "."}, {"hits": hits, "count": len(hits)}
        if kind == "edit":
            old, new = self._change(file)
            return "edit_file", {"path": file, "old": old, "new": new}, {"replaced": 1}
        command = one_of(dice, COMMANDS[self._language()], words)
        failed = dice.choice((0, 0, 0, 1, 2))
        return "run", {"command": command, "timeout_seconds": 120}, self._output(command, failed, words)

    def _language(self) -> str:
        ending = self.task.files[0].rpartition(".")[2]
        return ending if ending in COMMANDS else "py"

    def _code(self, file: str) -> str:
        return self.dice.choice(SNIPPETS.get(file.rpartition(".")[2], SNIPPETS["py"]))

    def _change(self, file: str) -> tuple[str, str]:
        """What is replaced in a file, and by what: the task's own change where it is the task's own file."""
        lines = self.task.diff.splitlines()
        if f"+++ b/{file}" in lines:
            old, new = (
                "\n".join(line[1:] for line in lines if line.startswith(sign) and not line.startswith(sign * 3))
                for sign in "-+"
            )
            return old, new
        code = self._code(file)
        return code, f"{code}\n{self._code(file)}"

    def _tests(self) -> None:
        folder = self.task.files[0].partition("/")[0]
        command = {"py": f"pytest -q {folder}", "ts": "pnpm vitest run", "rs": "cargo test --quiet"}[self._language()]
        self.trace.tool("run", 6.0, {"command": command, "timeout_seconds": 600}, self._output(command, 0, {}))

    def _output(self, command: str, failed: int, words: dict[str, str]) -> dict[str, Any]:
        dice = self.dice
        if command.startswith(("pytest", "pnpm vitest", "cargo test")):
            passed, seconds = dice.randrange(14, 260), round(dice.uniform(0.6, 21), 2)
            said = [one_of(dice, FAILURES, words) for _ in range(failed)]
            said.append(f"{f'{failed} failed, ' if failed else ''}{passed} passed in {seconds}s")
            return {"exit_code": min(failed, 1), "stdout": "\n".join(said)}
        if command.startswith("git log"):
            subjects = dice.sample([task.summary.partition(".")[0] for task in TASKS], 3)
            lines = [f"{dice.getrandbits(28):07x} {subject}" for subject in subjects]
            return {"exit_code": 0, "stdout": "\n".join(lines)}
        if command.startswith("git diff"):
            changed = f"{dice.randrange(4, 40)} insertions(+), {dice.randrange(1, 30)} deletions(-)"
            return {"exit_code": 0, "stdout": f" {self.task.files[0]} | 9 ++++---\n 1 file changed, {changed}"}
        return {"exit_code": 0, "stdout": "Success: no issues found" if "mypy" in command else ""}
