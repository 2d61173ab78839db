"""One run of cuda.py: time that is left, results on disk as they come, and workers that may crash or hang without harm."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
#: Lines of a worker that are records begin so.
MARK = "@@ "
#: Seconds for which a worker may say nothing while none of its units is open.
IDLE = 90


def prepared_folder(given=None):
    """The folder that prepare.js wrote: the one named, the one that this file lies in, the checkout's."""
    tried = [Path(given)] if given else [HERE, HERE.parent.parent / "out" / "mscc-gpu"]
    for folder in tried:
        if (folder / "prepared.json").exists():
            return folder.resolve()
    names = " or ".join(str(folder) for folder in tried)
    raise SystemExit(f"no prepared.json in {names}: run `npm run build && node dist/bench/gpu/prepare.js` first")


class Results:
    """What a run found, written whole after every change."""

    def __init__(self, folder, name, render):
        self._path = folder / f"{name}.json"
        self._render = render
        folder.mkdir(parents=True, exist_ok=True)
        self.data = json.loads(self._path.read_text()) if self._path.exists() else {}

    def save(self):
        for path, text in (
            (self._path, json.dumps(self.data, indent=2) + "\n"),
            (self._path.with_suffix(".md"), self._render(self.data)),
        ):
            partial = path.with_name(f"partial.{path.name}")
            partial.write_text(text)
            os.replace(partial, path)

    def files(self):
        return [self._path, self._path.with_suffix(".md")]


class Run:
    """What every part is given."""

    def __init__(self, prepared, results, options):
        self.folder = prepared
        self.prepared = json.loads((prepared / "prepared.json").read_text())
        self.results = results
        self.options = options
        self.end = time.monotonic() + options.budget
        self.part_end = self.end

    def left(self):
        """Seconds that the current part may still take."""
        return min(self.end, self.part_end) - time.monotonic()

    def say(self, text):
        print(text, flush=True)

    def supervise(self, part, on_record, patience, prefix=(), extra=(), on_line=None, environment=None):
        """
        Runs a part's worker. It tells what it starts; where it dies or says nothing for `patience` seconds, what it had
        started is noted as failed and never started again, and another worker goes on with what is not completed.
        """
        skip = []

        def collect(record):
            if record["kind"] == "completed":
                skip.append(record["what"])
            else:
                on_record(record)

        for _ in range(12):
            if self.left() < 5:
                return on_record({"kind": "left out", "what": part, "why": "no time was left"})
            command = [*prefix, sys.executable, str(HERE / "cuda.py"), part, "--worker", json.dumps(
                {"skip": skip, "left": self.left(), "folder": str(self.folder), **dict(extra)})]
            for flag in ("quick", "only", "seed", "flex_autotune"):
                value = getattr(self.options, flag)
                if value not in (None, False):
                    command += [f"--{flag.replace('_', '-')}"] + ([] if value is True else [str(value)])
            open_unit, why = self._watch(command, collect, patience, on_line, environment)
            if why is None:
                return None
            on_record({"kind": "fault", "what": open_unit or part, "why": why})
            if open_unit is None:
                return None
            skip.append(open_unit)
        return None

    def _watch(self, command, on_record, patience, on_line, environment):
        """Runs one worker; gives what was open when it failed, and why."""
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  env={**os.environ, **(environment or {})}, start_new_session=True)
        lines = queue.Queue()

        def read():
            for line in worker.stdout:
                lines.put(line.rstrip("\n"))
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        open_unit, last, ended = None, [], False
        quiet_since = time.monotonic()
        while not ended:
            try:
                line = lines.get(timeout=1)
            except queue.Empty:
                waited = time.monotonic() - quiet_since
                # Before the first launch, PyTorch and the libraries are loaded.
                if waited > (patience if open_unit else max(patience, IDLE)) or self.left() < -20:
                    os.killpg(worker.pid, signal.SIGKILL)
                    worker.wait()
                    return open_unit, f"hangs: nothing for {waited:.0f} s" if waited > patience and self.left() >= -20 else "out of time"
                continue
            quiet_since = time.monotonic()
            if line is None:
                ended = True
            elif line.startswith(MARK):
                record = json.loads(line[len(MARK) :])
                if record["kind"] == "start":
                    open_unit = record["what"]
                elif record["kind"] == "end":
                    open_unit = None
                else:
                    on_record(record)
            else:
                last = [*last[-29:], line]
                if on_line:
                    on_line(line, open_unit)
        code = worker.wait()
        if code in (0, 99) and open_unit is None:
            return None, None
        return open_unit, f"ended with exit code {code}: " + " | ".join(last[-6:])


class Worker:
    """The other side: what a worker of a part knows, and how it tells what it does."""

    def __init__(self, options):
        given = json.loads(options.worker)
        self.options = options
        self.folder = Path(given["folder"])
        self.prepared = json.loads((self.folder / "prepared.json").read_text())
        self.given = given
        self.skip = set(given["skip"])
        self.end = time.monotonic() + given["left"]

    def left(self):
        return self.end - time.monotonic()

    def tell(self, kind, **values):
        print(MARK + json.dumps({"kind": kind, **values}), flush=True)

    def start(self, what):
        self.tell("start", what=what)

    def finish(self, what):
        self.tell("end", what=what)

    def manifest(self, folder):
        return json.loads((self.folder / folder / "manifest.json").read_text())
