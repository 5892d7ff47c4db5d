"""Import of users from a file."""

from __future__ import annotations

from flask import Response, make_response, request

from notifier.errors import Invalid, invalid
from notifier.services.accounts import importing, people_files
from notifier.web.admin.layout import blueprint, current_admin, render_admin_page
from notifier.web.admin.users import render_list


@blueprint.post("/users/import")
def import_users() -> str | Response:
    """Import the users of an uploaded file, and list the lines that failed."""
    visitor = current_admin()
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise invalid("file", "choose a file")
        imported = importing.import_people(people_files.read(file.read(), file.filename), spare_admins=False)
    except Invalid as refusal:
        return make_response(render_list(visitor, refusal), refusal.status)
    return render_admin_page("import.html", visitor, imported=imported)
