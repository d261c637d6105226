"""Somebody at a browser: signs in, follows links, fills in forms, and has every page checked as it is seen."""

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from clearinghouse.access.roles import Actor
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.journeys.site import Site

NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}


class Visitor:
    """One person in a browser session of their own. With `axe`, every page that they see must be accessible."""

    def __init__(self, browser: Browser, site: Site, *, scripts: bool = True, axe: str = "") -> None:
        self.site = site
        self._scripts = scripts
        self.context = browser.new_context(java_script_enabled=scripts, viewport=WIDE, base_url=site.address)
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self._axe = axe if scripts else ""
        self._checked: set[str] = set()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)

    def sign_in(self, actor: Actor) -> "Visitor":
        """Sign in with password and code."""
        self._email = can_sign_in(self.site.world, actor)
        return self.sign_in_again()

    def sign_in_again(self) -> "Visitor":
        """Sign in once more, after the session has run out or another's code was used."""
        self.site.clock.pass_days(1 / 1440)  # a code works once: a minute later there is another
        self.page.goto("/sign-in")
        self.fill("Email address", self._email)
        self.fill("Password", PASSWORD)
        self.press("Continue")
        self.fill("Code", code_now(self.site.world))
        self.press("Sign in")
        return self

    def beside(self) -> "Visitor":
        """Somebody not signed in, in another browser session beside this one."""
        browser = self.context.browser
        assert browser is not None
        return Visitor(browser, self.site, scripts=self._scripts, axe=self._axe)

    def go(self, path: str) -> "Visitor":
        """Open a page by its path."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        self.check()
        return self

    def status(self, path: str) -> tuple[int, str]:
        """What asking for a path answers: status and body."""
        answer = self.context.request.get(self.site.address + path, max_redirects=0)
        return answer.status, answer.text()

    def follow(self, words: str) -> "Visitor":
        """Follow the first link of these words."""
        return self._click(self.page.locator("main a", has_text=words), words)

    def press(self, words: str) -> "Visitor":
        """Press the first button of these words."""
        return self._click(self.page.get_by_role("button", name=words, exact=False), words)

    def fill(self, label: str, text: str) -> "Visitor":
        """Type into the field of this label."""
        self.page.get_by_label(label, exact=False).first.fill(text)
        return self

    def choose(self, question: str, answer: str) -> "Visitor":
        """Choose a radio, tick a box, or select from a list, by the question's words and the answer's."""
        group = self.page.get_by_role("group", name=question)
        if group.count():
            group.first.get_by_label(answer, exact=False).first.check()
        else:
            self.page.get_by_label(question).first.select_option(label=answer)
        return self

    def set(self, name: str, value: str) -> "Visitor":
        """Fill in the field of this name, a date as 2026-12-31; for forms that ask the same of several rows."""
        field = self.page.locator(f'[name="{name}"]')
        kind = field.first.evaluate("field => field.type || field.tagName") if field.count() else "missing"
        if kind == "radio":
            self.page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "select-one":
            field.select_option(value)
        elif field.count() == 3:
            for part, typed in enumerate(reversed(value.split("-"))):
                field.nth(part).fill(typed)
        else:
            field.first.fill(value)
        return self

    def date(self, question: str, day: Any) -> "Visitor":
        """Type a date in three parts."""
        group = self.page.get_by_role("group", name=question).first
        for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            group.get_by_label(part).fill(str(value))
        return self

    def sees(self, *words: str) -> "Visitor":
        """Every one of these is on the page."""
        text = self.text()
        for each in words:
            assert each in text, f"{each!r} is not on {self.page.url}:\n{text}"
        return self

    def text(self) -> str:
        """The page's text as a reader reads it, with what stands in its boxes."""
        typed = [box.input_value() for box in self.page.locator("textarea").all()]
        return re.sub(r"[ \t]+", " ", "\n".join((self.page.inner_text("body"), *typed)))

    def case_id(self) -> str:
        """The case whose page is open."""
        found = re.search(r"/cases/([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def check(self, axe: str = "") -> None:
        """Each kind of page once: accessible when wide and when narrow, and no wider than a narrow window.

        With `axe` this page is looked at although others are not.
        """
        self._axe, before = axe or self._axe, self._axe
        self._check()
        self._axe = before

    def _check(self) -> None:
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", self.page.url).split("?")[0] + self.page.title()
        if not self._axe or kind in self._checked:
            return
        self._checked.add(kind)
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dictionary will do
            self._no_violations(size["width"])
            self._keep_picture(size["width"])
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        self.problems += [f"{self.page.url} is {wide} wide at 320"] if wide > NARROW["width"] else []
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a plain dictionary will do

    def leave(self) -> None:
        """Close the browser session; whatever was wrong on the way is told now."""
        self.context.close()
        assert not self.problems, "\n".join(self.problems)

    def _click(self, target: Locator, words: str) -> "Visitor":
        assert target.count(), f"there is no {words!r} on {self.page.url}:\n{self.text()}"
        target.first.click()
        self.page.wait_for_load_state()
        self.check()
        return self

    def _no_violations(self, width: int) -> None:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(self._axe)
        found = self.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        for violation in found:
            where = [node["target"] for node in violation["nodes"]][:3]
            self.problems.append(
                f"{self.page.url} at {width}: {violation['id']}: {violation['help']} {where}"
            )

    def _keep_picture(self, width: int) -> None:
        """For whoever wants to look at every screen: PICTURES names a folder to keep them in."""
        if folder := os.environ.get("PICTURES"):
            path = (
                Path(folder)
                / f"{len(self._checked):03}-{re.sub('[^a-z]+', '-', self.page.title().lower())[:50]}-{width}.png"
            )
            self.page.screenshot(path=path, full_page=True)

    def _heard(self, message: Any) -> None:
        # A form that is sent back with its errors is a 422, of which the browser tells as an error too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"{self.page.url}: {message.text}")
