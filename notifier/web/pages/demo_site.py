"""The page that the demo's "Watch Now" leads to, in place of one of your application.

Registered only with `DEMO`.
"""

from __future__ import annotations

from flask import render_template

from notifier.web.pages.error_pages import page_blueprint

blueprint = page_blueprint("demo_site", __name__)


@blueprint.get("/video/<int:number>")
def video(number: int) -> str:
    """Needs no sign-in: there is nothing to see."""
    return render_template("pages/demo_video.html", number=number)
