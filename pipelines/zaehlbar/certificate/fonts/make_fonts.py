"""How the two fonts in this folder were made; nothing runs this at run time.

From Noto Sans (SIL Open Font License 1.1): only the characters of DIN 91379 and of German typography, without hints,
and one glyph of its own for each of the 149 sequences of DIN 91379 that Unicode has no character for (C̨̆, X̣ …). A letter
with its marks is then one glyph: it is drawn where HarfBuzz would draw it, and the text copied or read aloud from a
PDF has it once. The fonts are renamed: Noto is a trademark.

    uv run --no-project --with fonttools --with uharfbuzz python make_fonts.py NOTO_FOLDER DIN_91379_LIST

`NOTO_FOLDER` has NotoSans-Regular.ttf and NotoSans-Bold.ttf; `DIN_91379_LIST` is latin_list_1.3.txt of
github.com/String-Latin/DIN-91379-Characters-and-Sequences.
"""

from __future__ import annotations

import io
import sys
import unicodedata
from pathlib import Path
from typing import Any

import uharfbuzz
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FAMILY = "Zaehlbar Sans"
TYPOGRAPHY = "–—‘’\u201a“”„…•·×§€→\u2212☐ \u00a0\u202f"
SOFT_DOTTED = {"i": "\u0131", "j": "\u0237"}


def main(noto: Path, din_list: Path) -> None:
    """Write Regular and Bold beside this file."""
    sequences = []
    characters = {*TYPOGRAPHY, *SOFT_DOTTED.values()}
    for line in din_list.read_text(encoding="utf-8").splitlines():
        codes = [chr(int(code, 16)) for code in line.split("; ")[2].split()]
        characters.update(codes)
        composed = unicodedata.normalize("NFC", "".join(codes))
        characters.update(composed)
        if len(composed) > 1:
            sequences.append(composed)
    for style in ("Regular", "Bold"):
        font = _subset(noto / f"NotoSans-{style}.ttf", characters)
        _add_sequences(font, sequences)
        _rename(font, style)
        font.save(Path(__file__).with_name(f"ZaehlbarSans-{style}.ttf"))


def _subset(path: Path, characters: set[str]) -> TTFont:
    font = TTFont(path)
    options = Options()
    options.hinting = False
    options.layout_features = ["ccmp", "kern", "mark", "mkmk", "locl"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters])
    subsetter.subset(font)
    return font


def _add_sequences(font: TTFont, sequences: list[str]) -> None:
    """Add one composite glyph per sequence, and the substitutions that choose it."""
    buffer = io.BytesIO()
    font.save(buffer)
    shaper = uharfbuzz.Font(uharfbuzz.Face(buffer.getvalue()))
    cmap = font.getBestCmap()
    glyphs = font.getGlyphSet()
    rules = []
    drawn: dict[str, tuple[Any, int]] = {}
    for sequence in sequences:
        name = "_".join(f"u{ord(character):04X}" for character in sequence)
        drawn[name] = _drawn(shaper, font, glyphs, sequence)
        rules.append(f"  sub {' '.join(cmap[ord(character)] for character in sequence)} by {name};")
    for name, (glyph, advance) in drawn.items():
        font["glyf"][name] = glyph
        font["hmtx"][name] = (advance, 0)
    font.setGlyphOrder([*font.getGlyphOrder(), *(name for name in drawn if name not in font.getGlyphOrder())])
    for name, (_, advance) in drawn.items():
        glyph = font["glyf"][name]
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (advance, glyph.xMin)
    marks = [name for code, name in cmap.items() if unicodedata.combining(chr(code)) == 230]  # above the letter
    # Long ones first is up to the compiler; what remains gets its dot removed below a mark.
    dotless = [f"  sub {cmap[ord(letter)]}' @above by {cmap[ord(plain)]};" for letter, plain in SOFT_DOTTED.items()]
    features = "\n".join(
        [
            "languagesystem DFLT dflt; languagesystem latn dflt;",
            f"@above = [{' '.join(marks)}];",
            "feature ccmp {",
            " lookup sequences {",
            *rules,
            " } sequences;",
            " lookup dotless {",
            *dotless,
            " } dotless;",
            "} ccmp;",
        ]
    )
    addOpenTypeFeaturesFromString(font, features, tables=["GSUB"])


def _drawn(shaper: Any, font: TTFont, glyphs: Any, sequence: str) -> tuple[Any, int]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(sequence)
    buffer.guess_segment_properties()
    uharfbuzz.shape(shaper, buffer)
    pen = TTGlyphPen(glyphs)
    x = 0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        place = (1, 0, 0, 1, x + position.x_offset, position.y_offset)
        pen.addComponent(font.getGlyphName(info.codepoint), place)
        x += position.x_advance
    return pen.glyph(), x


def _rename(font: TTFont, style: str) -> None:
    names = {1: FAMILY, 2: style, 3: f"1.0;{FAMILY} {style}", 4: f"{FAMILY} {style}", 6: f"ZaehlbarSans-{style}"}
    names[5] = "Version 1.000; made from Noto Sans 2.004"
    for record in list(font["name"].names):
        if record.nameID in names:
            record.string = names[record.nameID]
        elif record.nameID not in (0, 13, 14):
            font["name"].removeNames(nameID=record.nameID)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
