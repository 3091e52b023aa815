"""Installs the Korean font under ui/static/fonts, for the browser and for paper, from whichever registry package this machine can get.

Pretendard comes from npm; where npm is missing, Noto Sans CJK KR comes from a Python package and is cut down
to the characters the app shows. Both are under the SIL Open Font License, whose text is kept beside them.
File names are the same either way, so `.streamlit/config.toml` names them once. When neither route works the
app uses the machine's own sans-serif font, sheets say that they have none, and the next set-up tries again.

Usage: python tools/assets.py [--force]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

FONTS = Path(__file__).resolve().parent.parent / "ui" / "static" / "fonts"
STAMP = FONTS / ".source"
LICENCE = "LICENSE.txt"
# Weight 400, 600, 700; "signs": arrows, triangles and other marks that those lack; "rare": every Hangul syllable, for
# names that the smaller files cannot spell.
SIGNS, RARE = "ieum-signs.woff2", "ieum-rare.woff2"
NAMES = ("ieum-400.woff2", "ieum-600.woff2", "ieum-700.woff2", SIGNS, RARE)
# The same weights for `reports`, which typesets without a browser and takes no WOFF2; `reports.fonts` finds them by the ending.
PAPER = ("ieum-400.otf", "ieum-600.otf", "ieum-700.otf")

PRETENDARD = "pretendard@1.3.9"
PRETENDARD_FILES = {
    "ieum-400.woff2": "web/static/woff2-subset/Pretendard-Regular.subset.woff2",
    "ieum-600.woff2": "web/static/woff2-subset/Pretendard-SemiBold.subset.woff2",
    "ieum-700.woff2": "web/static/woff2-subset/Pretendard-Bold.subset.woff2",
    RARE: "web/static/woff2/Pretendard-Regular.woff2",
    "ieum-400.otf": "public/static/Pretendard-Regular.otf",
    "ieum-600.otf": "public/static/Pretendard-SemiBold.otf",
    "ieum-700.otf": "public/static/Pretendard-Bold.otf",
    LICENCE: "LICENSE.txt",
}

NOTO = "manimgx-fonts-cjk==2026.9.26.post1"
NOTO_KOREAN_FACE = 1  # the collection's faces are JP, KR, SC, TC, HK
SUBSET_TOOLS = ("fonttools==4.68.0", "brotli==1.2.1")
# Latin, punctuation, currency, letterlike signs, arrows, mathematics, enclosed numbers, shapes, CJK
# punctuation, Hangul letters and all 11,172 syllables, and the full-width forms.
SUBSET_RANGES = (
    "0020-007E,00A0-00FF,2000-206F,2070-209F,20A0-20BF,2100-218F,2190-21FF,2200-22FF,2460-24FF,2500-257F,"
    "25A0-25FF,2600-26FF,2700-27BF,3000-303F,3131-318E,3200-32FF,3300-33FF,AC00-D7A3,FF01-FFEE"
)
# Punctuation to shapes, CJK punctuation, the katakana dot and full-width forms: also unicodeRange in config.toml.
SIGNS_RANGES = "2000-2BFF,3000-303F,30FB,FF00-FFEF"


class Unavailable(Exception):
    """This route cannot give the font; the message says why."""


def run(command: list[str], *, timeout_s: int = 300) -> None:
    """Runs a package client quietly.

    Raises:
        Unavailable: it failed (with the last line of what it said) or took longer than `timeout_s`.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(said[-1] if said else f"exit code {done.returncode}")


def fetch_packages(work: Path, *wanted: str) -> Path:
    """The folder in `work` into which Python packages were put, apart from the app's own."""
    packages = work / "packages"
    if wanted:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
        run([*pip, "--target", str(packages), *wanted])
    return packages


def subset(work: Path, source: Path, ranges: str, target: Path, *options: str) -> Path:
    """`source` cut down to `ranges`, written to `target`."""
    packages = fetch_packages(work, *(() if (work / "packages" / "fontTools").exists() else SUBSET_TOOLS))
    main = f"import sys; sys.path.insert(0, {str(packages)!r}); from fontTools.subset import main; main()"
    flavour = ["--flavor=woff2"] if target.suffix == ".woff2" else []
    cut = [f"--unicodes={ranges}", *flavour, f"--output-file={target}", *options]
    run([sys.executable, "-c", main, str(source), *cut])
    return target


def signs(work: Path, rare: Path) -> Path:
    """The marks alone, some 25 kB; without the tools that cut a font, the large file itself."""
    try:
        return subset(work, rare, SIGNS_RANGES, work / SIGNS, "--layout-features=")
    except Unavailable as error:
        print(f"Font: marks stay in the large file: {error}")
        return rare


def from_npm(work: Path) -> dict[str, Path]:
    """Pretendard from its npm package: `{name under ui/static/fonts: file in work}`."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    run([npm, "pack", PRETENDARD, "--silent", "--pack-destination", str(work)])
    archive = next(work.glob("*.tgz"), None)
    if archive is None:
        raise Unavailable("npm pack wrote no archive")
    found = {}
    with tarfile.open(archive) as package:
        for name, inside in PRETENDARD_FILES.items():
            content = package.extractfile(f"package/dist/{inside}")
            if content is None:
                raise Unavailable(f"the package has no {inside}")
            found[name] = work / name
            found[name].write_bytes(content.read())
    return found


def from_pypi(work: Path) -> dict[str, Path]:
    """Noto Sans CJK KR from a Python package, cut to `SUBSET_RANGES`: one variable file for all weights."""
    packages = fetch_packages(work, NOTO)
    source = next(packages.glob("manimgx_fonts_cjk/*.ttc"), None)
    licence = next(packages.glob("manimgx_fonts_cjk-*.dist-info/licenses/LICENSE"), None)
    if source is None or licence is None:
        raise Unavailable(f"{NOTO} holds no font or no licence")
    face = f"--font-number={NOTO_KOREAN_FACE}"
    web, paper = (
        subset(work, source, SUBSET_RANGES, work / name, face) for name in ("noto.woff2", "noto.otf")
    )
    return dict.fromkeys(NAMES, web) | {PAPER[0]: paper, LICENCE: licence}


ROUTES: tuple[tuple[str, Callable[[Path], dict[str, Path]]], ...] = (
    ("Pretendard (npm)", from_npm),
    ("Noto Sans CJK KR (PyPI)", from_pypi),
)


def install(folder: Path = FONTS) -> str | None:
    """Puts the font files and their licence into `folder`; returns the source's name, None if all failed."""
    for title, fetch in ROUTES:
        with tempfile.TemporaryDirectory(prefix="ieum-font-") as work:
            try:
                found = fetch(Path(work))
                found[SIGNS] = signs(Path(work), found[RARE])
            except (Unavailable, tarfile.TarError, KeyError) as error:
                print(f"Font: {title} not available: {error}")
                continue
            folder.mkdir(parents=True, exist_ok=True)
            for name in set(PAPER) - set(found):
                (folder / name).unlink(missing_ok=True)
            for name, file in found.items():
                shutil.copyfile(file, folder / name)
        (folder / STAMP.name).write_text(title + "\n", encoding="utf-8")
        print(f"Font: {title} installed")
        return title
    print(
        "글꼴을 내려받지 못해 화면은 이 컴퓨터의 기본 글꼴을 쓰고 인쇄용 자료는 만들지 못합니다. 다음 설치 때 다시 시도합니다."
    )
    print(
        "No font could be installed: pages use the system's, sheets cannot be made, and the next set-up tries again."
    )
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Install the Korean web font under ui/static/fonts.")
    parser.add_argument("--force", action="store_true", help="install again even when the files are there")
    if parser.parse_args().force or not STAMP.exists():
        install()
