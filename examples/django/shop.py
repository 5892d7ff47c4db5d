"""A Django project in one file, with users of its own, and the bell on its pages. The server runs beside it.

    pip install django pyjwt
    NOTIFIER_URL=https://notifier.example NOTIFIER_TRUSTED_SECRET=… NOTIFIER_API_KEY=… python shop.py runserver

The server needs NOTIFIER_TRUSTED_ISSUER=host, the same NOTIFIER_TRUSTED_SECRET, and this site's origin in NOTIFIER_CORS_ORIGINS.
"""

import json
import os
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import django
import jwt
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path

NOTIFIER_URL = os.environ["NOTIFIER_URL"].rstrip("/")

settings.configure(
    DEBUG=False,
    SECRET_KEY=os.environ.get("SHOP_SECRET", "only for the example"),
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("SHOP_DATABASE", "shop.db")}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    LOGIN_URL="/login/",
    LOGIN_REDIRECT_URL="/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib.auth import views as auth_views  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.views.decorators.cache import never_cache  # noqa: E402

PAGE = """<!doctype html>
<title>Shop</title>
<script src="{{ notifier }}/embed.js" data-token-url="/notifier-token" defer></script>
<p>{{ request.user.username }} <notifier-bell></notifier-bell></p>
<h1>Orders</h1>
<form method="post" action="/orders">{% csrf_token %}<input name="item" aria-label="Item"> <button>Order</button></form>
<form method="post" action="/logout/">{% csrf_token %}<button>Sign out</button></form>"""
LOGIN = """<!doctype html>
<title>Sign in</title>
<form method="post">{% csrf_token %}{{ form }} <button>Sign in</button></form>"""


# The endpoint: who is signed in, for five minutes.
@never_cache
def notifier_token(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    now = int(time.time())
    user = {"sub": str(request.user.pk), "name": request.user.get_full_name() or request.user.username, "email": request.user.email}
    claims = user | {"iss": "host", "aud": "notifier", "iat": now, "exp": now + 300}
    return HttpResponse(jwt.encode(claims, os.environ["NOTIFIER_TRUSTED_SECRET"], "HS256"), content_type="text/plain")


def notify(user, **message):
    """Send to a user of this site, whether they have ever opened the bell or not."""
    headers = {"Authorization": f"Bearer {os.environ['NOTIFIER_API_KEY']}", "Content-Type": "application/json"}
    body = json.dumps({"to": f"id:{user.pk}", **message}).encode()
    return json.load(urlopen(Request(f"{NOTIFIER_URL}/api/notifications", body, headers), timeout=5))


@login_required
def orders(request):
    if request.method == "POST":
        notify(request.user, title=f"{request.POST['item']} is on its way", type="success")
        return redirect("/")
    return render(PAGE, request)


def render(template, request, **context):
    return HttpResponse(engines["django"].from_string(template).render({"notifier": NOTIFIER_URL, **context}, request))


class Login(auth_views.LoginView):
    def render_to_response(self, context, **_):
        return render(LOGIN, self.request, form=context["form"])


urlpatterns = [
    path("", orders),
    path("orders", orders),
    path("notifier-token", notifier_token),
    path("login/", Login.as_view()),
    path("logout/", auth_views.LogoutView.as_view(next_page="/login/")),
]


def prepare():
    """Create the tables and three users, ada, bob and cleo with the password "shop"."""
    execute_from_command_line([__file__, "migrate", "--verbosity", "0"])
    for name in ("ada", "bob", "cleo"):
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(name, password="shop")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    if "runserver" in sys.argv and os.environ.get("RUN_MAIN") != "true":
        prepare()
    execute_from_command_line(sys.argv)
