"""Two ways of using the portal: with a mouse, and with the keyboard alone.

A journey says what a person does (`press`, `write`, `choose`), and a hand does it. The keyboard reaches everything by
Tab, as somebody without a mouse does: what cannot be reached within a hundred steps fails.
"""

from typing import Protocol

from playwright.sync_api import Locator, Page

STEPS = 100


class Hand(Protocol):
    name: str

    def press(self, what: Locator) -> None: ...
    def write(self, where: Locator, text: str) -> None: ...
    def tick(self, what: Locator) -> None: ...


class Mouse:
    name = "mouse"

    def press(self, what: Locator) -> None:
        what.click()

    def write(self, where: Locator, text: str) -> None:
        where.fill(text)

    def tick(self, what: Locator) -> None:
        what.check()


class Keys:
    name = "keyboard"

    def _reach(self, what: Locator) -> Page:
        page = what.page
        what.wait_for()
        for _ in range(STEPS):
            if what.evaluate("one => one === document.activeElement"):
                return page
            page.keyboard.press("Tab")
        raise AssertionError(f"{what} was not reached by {STEPS} presses of Tab")

    def press(self, what: Locator) -> None:
        self._reach(what).keyboard.press("Enter")

    def write(self, where: Locator, text: str) -> None:
        page = self._reach(where)
        page.keyboard.press("Control+a")
        page.keyboard.type(text)

    def tick(self, what: Locator) -> None:
        """A radio button that Tab skips, because another of its group is chosen, is reached by arrows from there."""
        page = what.page
        what.wait_for()
        if what.is_checked():
            return
        if what.get_attribute("type") == "radio":
            group = page.locator(f"input[type=radio][name='{what.get_attribute('name')}']")
            for _ in range(STEPS):
                if page.evaluate(
                    "name => document.activeElement?.name === name && document.activeElement?.type === 'radio'",
                    what.get_attribute("name"),
                ):
                    break
                page.keyboard.press("Tab")
            page.keyboard.press("Space")
            for _ in range(group.count()):
                if what.is_checked():
                    return
                page.keyboard.press("ArrowDown")
            assert what.is_checked()
            return
        self._reach(what).keyboard.press("Space")
