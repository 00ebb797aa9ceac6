"""What axe finds on a page. Contrast, the dearest of its rules, is asked once for each combination of colours and not for each word.

Whether text can be read depends on its colour, size and weight and on what lies behind it: a combination that was found good
is not measured again, on no page. Everything else is asked of every page in every state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import axe_playwright_python

if TYPE_CHECKING:
    from playwright.sync_api import Page

Scheme: TypeAlias = Literal["dark", "light"]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
#: Axe fetches no style sheet again: our policy would refuse what it does with it.
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
CONTRAST = "color-contrast"
#: A telephone in the dark and a desk in the light: between them both widths and both themes.
SHAPES: tuple[tuple[int, Scheme], ...] = ((320, "dark"), (1440, "light"))
HEIGHT = 900

#: [all rules but contrast, or those of ``only`` | contrast of what was not seen], and the combinations seen.
LOOK = """async ([options, only, seen]) => {
    const chosen = only.length ? {runOnly: only} : {rules: {...options.rules, 'color-contrast': {enabled: false}}};
    const found = (await axe.run({...options, ...chosen})).violations;

    const known = new Set(seen), fresh = new Map();
    const behind = element => {
        const parts = [];
        for (let at = element; at; at = at.parentElement) {
            const {backgroundColor, backgroundImage, opacity, filter, mixBlendMode} = getComputedStyle(at);
            parts.push(backgroundColor, backgroundImage, opacity, filter, mixBlendMode);
        }
        return parts.filter((part, index) => index < 5 || !/^(rgba\\(0, 0, 0, 0\\)|none|1|normal)$/.test(part)).join();
    };
    const hasWords = element => /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName)
        || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const isSeen = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
        && element.getBoundingClientRect().width > 1;
    const isOff = element => Boolean((element.closest('label')?.control ?? element).closest(':disabled, [aria-disabled=true]'));
    for (const element of document.body.querySelectorAll('*')) {
        if (!hasWords(element) || !isSeen(element)) continue;
        const {color, fontSize, fontWeight, textShadow, display} = getComputedStyle(element);
        const words = [color, fontSize, fontWeight, textShadow, display === 'inline', isOff(element), behind(element)].join('|');
        if (!known.has(words) && !fresh.has(words)) fresh.set(words, element);
    }
    if (fresh.size) {
        const contrast = await axe.run({include: [...fresh.values()]}, {...options, runOnly: ['color-contrast']});
        found.push(...contrast.violations);
    }
    return [found, [...fresh.keys()]];
}"""

#: What a table says beyond the edge at which it is cut: half a figure is another figure.
CUT_OFF = """() => [...document.querySelectorAll("table")].flatMap(table => {
  const wrap = table.parentElement;
  const hides = ["clip", "hidden"].includes(getComputedStyle(wrap).overflowX) && wrap.scrollWidth > wrap.clientWidth + 1;
  return hides && table.checkVisibility() ? [table.innerText.slice(0, 60)] : [];
})"""


@dataclass
class Eyes:
    """Looks at page after page; ``good`` are the combinations of colours that could be read."""

    good: set[str] = field(default_factory=set)

    def look_at_shapes(self, page: Page) -> list[str]:
        """The faults of a page without motion in each of ``SHAPES``, and what runs off its side; it is left in the first."""
        faults = []
        for width, scheme in (*SHAPES[1:], SHAPES[0]):
            take(page, width, scheme)
            faults += [f"{width}-{scheme}: {fault}" for fault in self.look(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            faults += [f"{width}-{scheme}: {wide} px wide"] if wide > width else []
        return faults

    def look(self, page: Page, *, only: tuple[str, ...] = (), rules: dict[str, Any] | None = None) -> list[str]:
        """The faults of the page as it is shown now. ``only``: of all rules besides contrast, these; ``rules``: as axe takes them."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE)
        found, fresh = page.evaluate(LOOK, [OPTIONS | {"rules": rules or {}}, list(only), sorted(self.good)])
        if not any(fault["id"] == CONTRAST for fault in found):
            self.good.update(fresh)
        faults = [f"{fault['id']}: {[node['target'][-1] for node in fault['nodes']]}" for fault in found]
        return faults + self.cut_off(page)

    def cut_off(self, page: Page) -> list[str]:
        """Tables of which a part cannot be seen at the width the page has."""
        return [f"cut-off: {words}" for words in page.evaluate(CUT_OFF)]


def take(page: Page, width: int, scheme: Scheme) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme)


def first_shape() -> dict[str, Any]:
    """Options of a browser context. Without motion a change of theme shows at once."""
    width, scheme = SHAPES[0]
    return {"viewport": {"width": width, "height": HEIGHT}, "color_scheme": scheme, "reduced_motion": "reduce"}
