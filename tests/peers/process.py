"""A server that nobody here wrote, in a process of its own: started until it answers, stopped with the test session."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.error import HTTPError


class Server:
    """`name` for who reads why it does not answer; what it says goes to `folder`/log."""

    def __init__(self, name: str, folder: Path, *, patience: float) -> None:
        self._name = name
        self._folder = folder
        self._patience = patience  # seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def started(self) -> bool:
        return self._process is not None

    def start(self, command: Sequence[str], answers: Callable[[], object], **environment: str) -> None:
        """Until it answers; `answers` asks it something, and raises OSError as long as it does not."""
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env={**os.environ, **environment}, stdout=log, stderr=log
            )
        began = time.monotonic()
        while True:
            try:
                answers()
            except OSError as error:
                dead = self._process.poll() is not None or isinstance(error, HTTPError)
                if dead or time.monotonic() - began > self._patience:
                    raise RuntimeError(f"{self._name} does not answer: {self.log()[-4000:]}") from error
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(self._patience)

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")
