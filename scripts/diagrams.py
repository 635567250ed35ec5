#!/usr/bin/env python3
"""Draws the diagrams of the guide: src/guide/diagrams/*.svg.

    scripts/diagrams.py            writes the files
    scripts/diagrams.py --check    fails if a file is not what this script draws

The files are part of rustdoc pages. So a diagram has no blank line (Markdown would end the HTML
there), takes its colour from the page (`currentColor`, for light and dark themes), and has a title
for screen readers.
"""

import html
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "src" / "guide" / "diagrams"


class Diagram:
    def __init__(self, width, height, title):
        self.size, self.title, self.parts = (width, height), title, []

    def box(self, x, y, width, height, *lines, strong=False, round_=6):
        stroke = 2 if strong else 1
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="none" '
            f'stroke="currentColor" stroke-width="{stroke}"/>'
        )
        top = y + height / 2 - (len(lines) - 1) * 8 + 4
        for number, line in enumerate(lines):
            self.text(x + width / 2, top + number * 16, line, bold=strong and number == 0)

    def text(self, x, y, words, anchor="middle", bold=False, small=False):
        weight = ' font-weight="bold"' if bold else ""
        size = ' font-size="11"' if small else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{weight}{size}>{html.escape(words)}</text>'
        )

    def line(self, *points, dashed=False, arrow=True):
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="currentColor"{dash}/>')
        if arrow:
            self.head(points[-2], points[-1])

    def head(self, start, end):
        # A triangle of its own, because markers would need ids that are unique on the page.
        (x1, y1), (x2, y2) = start, end
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        corners = [
            (x2, y2),
            (x2 - 8 * dx + 4 * dy, y2 - 8 * dy - 4 * dx),
            (x2 - 8 * dx - 4 * dy, y2 - 8 * dy + 4 * dx),
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        self.parts.append(f'<polygon points="{path}" fill="currentColor"/>')

    def svg(self):
        width, height = self.size
        opening = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{html.escape(self.title)}" '
            f'style="display:block;max-width:{width}px;width:100%;height:auto" '
            'font-family="sans-serif" font-size="13" fill="currentColor">'
        )
        return "\n".join([opening, f"<title>{html.escape(self.title)}</title>", *self.parts, "</svg>", ""])


def flow():
    """The calls of a login, from top to bottom."""
    picture = Diagram(
        720,
        430,
        "A login: the application issues a code, otpost reserves, stores and sends it, "
        "the person types it, and otpost verifies it once",
    )
    columns = {"browser": 60, "application": 205, "otpost": 360, "store": 515, "gateway": 660}
    for name, x in columns.items():
        picture.box(x - 52, 8, 104, 28, name, strong=name == "otpost")
        picture.line((x, 36), (x, 422), dashed=True, arrow=False)
    steps = [
        ("browser", "application", "phone number"),
        ("application", "otpost", "issue"),
        ("otpost", "store", "reserve: all limits"),
        ("otpost", "store", "open: the challenge"),
        ("otpost", "gateway", "the message, with the code"),
        ("gateway", "otpost", "accepted, refused, or no answer"),
        ("otpost", "store", "settle, if it was not sent"),
        ("otpost", "application", "token, delivery"),
        ("application", "browser", "token in a cookie"),
        ("browser", "application", "the code from the phone"),
        ("application", "otpost", "verify"),
        ("otpost", "store", "attempt: count, compare"),
        ("otpost", "application", "accepted, once"),
    ]
    for number, (start, end, words) in enumerate(steps):
        y = 64 + number * 28
        x1, x2 = columns[start], columns[end]
        picture.line((x1, y), (x2, y))
        picture.text((x1 + x2) / 2, y - 5, words, small=True)
    return picture


def decision():
    """From the fate of a message to what may follow."""
    picture = Diagram(
        720,
        270,
        "After a failure: a message that was not sent is tried again, here or elsewhere; "
        "a refused message goes to another gateway unless the message is wrong; "
        "a message that may have been sent is not sent again unless the gateway de-duplicates",
    )
    picture.box(275, 8, 170, 30, "the message failed", strong=True)
    columns = [
        (120, "NotSent", "no gateway has it"),
        (360, "Refused", "a gateway said no"),
        (600, "Unknown", "it may have been sent"),
    ]
    for x, name, words in columns:
        picture.line((360, 38), (360, 56), (x, 56), (x, 76))
        picture.box(x - 95, 76, 190, 44, name, words, strong=True)
        picture.line((x, 120), (x, 150))
    picture.box(25, 150, 190, 44, "temporary: try again here,", "then the next gateway")
    picture.box(265, 150, 190, 44, "wrong account or setup:", "the next gateway")
    picture.box(505, 150, 190, 44, "the gateway de-duplicates:", "try again here, same id")
    picture.box(25, 212, 430, 44, "the number, the text or the region is refused:", "stop, it is wrong everywhere")
    picture.box(505, 212, 190, 44, "otherwise: stop,", "and ask for the code")
    for x in (120, 360, 600):
        picture.line((x, 194), (x, 212))
    return picture


def limits():
    """The limits that a message passes, and what comes back."""
    picture = Diagram(
        720,
        300,
        "A request passes the limits of the requester, the recipient, the application, the region "
        "and the range; a refusal or a message that was not sent returns every place except "
        "the requester's own count",
    )
    picture.box(8, 20, 96, 60, "request", "of a client", strong=True)
    picture.box(130, 20, 130, 60, "client,", "client and recipient")
    picture.box(286, 20, 120, 60, "recipient:", "day, total")
    picture.box(432, 20, 130, 60, "application,", "region, range")
    picture.box(588, 20, 124, 60, "recipient: lock,", "hour, cooldown")
    for x1, x2 in ((104, 130), (260, 286), (406, 432), (562, 588)):
        picture.line((x1, 50), (x2, 50))
    picture.text(195, 98, "the requester comes first", small=True)
    picture.text(346, 98, "per kind of requester", small=True)
    picture.text(497, 98, "new numbers only", small=True)
    picture.box(538, 130, 174, 44, "the message is sent", strong=True)
    picture.line((650, 80), (650, 130))
    outcomes = [
        (8, "limit reached", "all but the client's own return;", "the page learns when to retry"),
        (250, "not sent, or refused", "all places return except", "the client's own count"),
        (492, "sent, or perhaps sent", "time returns the places,", "and a success returns them early"),
    ]
    for x, *lines in outcomes:
        picture.box(x, 226, 220, 66, *lines)
    picture.line((650, 174), (650, 226))
    picture.line((538, 152), (360, 152), (360, 226))
    picture.line((56, 80), (56, 226), dashed=True)
    return picture


def main():
    check = sys.argv[1:] == ["--check"]
    stale = []
    for draw in (flow, decision, limits):
        path, text = FOLDER / f"{draw.__name__}.svg", draw().svg()
        assert "\n\n" not in text
        if check:
            if not path.exists() or path.read_text() != text:
                stale.append(path.name)
        else:
            path.write_text(text)
    if stale:
        sys.exit(f"not as drawn by scripts/diagrams.py: {', '.join(stale)}")


main()
