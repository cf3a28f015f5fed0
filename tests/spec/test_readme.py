"""What the README shows is what the commands print."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_rejected_row_of_the_readme_is_what_check_prints():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    folder, shown = re.search(r"    \$ zaehlbar check (\S+)/\*\n\n((?:    .*\n|\n)+)", text).groups()
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).iterdir())]
    result = subprocess.run(
        [sys.executable, "-c", "from zaehlbar.cli import main; main()", "check", *files],
        cwd=ROOT,
        env={"COLUMNS": "120", "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 1, result.stderr
    printed = [line.rstrip() for line in result.stdout.splitlines()]
    lines = [line.removeprefix("    ").rstrip() for line in shown.strip("\n").splitlines()]
    start = printed.index(lines[0])
    assert printed[start : start + len(lines)] == lines
