"""A shop with users of its own (Flask-Login), and the lines that add notifications to it.

    pip install flask flask-login notifier-server
    flask --app shop run                                     # without notifications
    NOTIFICATIONS=inside gunicorn -k notifier.realtime.worker.Worker shop:app
    NOTIFICATIONS=beside NOTIFIER_URL=… NOTIFIER_TRUSTED_SECRET=… NOTIFIER_API_KEY=… flask --app shop run

Users are ada, bob and cleo, all with the password "shop".
"""

import os
import sqlite3
from pathlib import Path

from flask import Flask, abort, g, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from werkzeug.security import check_password_hash, generate_password_hash

from notifier.mount import Notifier, Person  # line 1

app = Flask(__name__, instance_path=os.environ.get("SHOP_INSTANCE"))
app.config.update(SECRET_KEY=os.environ.get("SHOP_SECRET", "only for the example"), MAX_CONTENT_LENGTH=1000)
logins = LoginManager(app)
logins.login_view = "login"


def person():  # lines 2 to 4
    if current_user.is_authenticated:
        return Person(current_user.id, current_user.name)


if os.environ.get("NOTIFICATIONS") == "inside":
    Notifier(app, prefix="/notifications", user=person)  # line 5, in this process
elif os.environ.get("NOTIFICATIONS") == "beside":  # or line 5, with a server of its own
    Notifier(app, url=os.environ["NOTIFIER_URL"], secret=os.environ["NOTIFIER_TRUSTED_SECRET"], user=person)
# Lines 6 and 7 are in templates/page.html, line 8 is in `order` below, lines 9 and 10 are the page `inbox`.


class User(UserMixin):
    def __init__(self, row):
        self.id, self.name, self.password = row


@logins.user_loader
def load_user(user_id):
    row = database().execute("SELECT id, name, password FROM users WHERE id = ?", (user_id,)).fetchone()
    return User(row) if row else None


@app.get("/")
@login_required
def orders():
    rows = database().execute("SELECT id, item FROM orders WHERE user_id = ? ORDER BY id DESC", (current_user.id,)).fetchall()
    return render_template("orders.html", orders=rows)


@app.post("/orders")
@login_required
def order():
    item = request.form.get("item", "").strip() or abort(400)
    with database() as connection:
        number = connection.execute("INSERT INTO orders (user_id, item) VALUES (?, ?)", (current_user.id, item)).lastrowid
    if notifier := app.extensions.get("notifier"):
        notifier.send(person(), title=f"{item} is on its way", type="success", actions=[{"label": "Track", "url": f"/orders/{number}"}])
    return redirect(url_for("orders"), 303)


@app.get("/orders/<int:number>")
@login_required
def track(number):
    return render_template("orders.html", orders=[(number, "Your order")])


@app.get("/inbox")
@login_required
def inbox():
    return render_template("inbox.html")


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        row = database().execute("SELECT id, name, password FROM users WHERE name = ?", (request.form.get("name", ""),)).fetchone()
        if row and check_password_hash(row[2], request.form.get("password", "")):
            login_user(User(row))
            return redirect(url_for("orders"), 303)
    return render_template("login.html"), 200 if request.method == "GET" else 401


@app.post("/logout")
@login_required
def logout():
    logout_user()
    return redirect(url_for("login"), 303)


@app.errorhandler(404)
def not_found(_error):
    return render_template("not_found.html"), 404


@app.errorhandler(413)
def too_large(_error):
    return "An order has at most 1000 bytes.", 413


def database():
    if "database" not in g:
        g.database = sqlite3.connect(Path(app.instance_path) / "shop.db")
    return g.database


@app.teardown_appcontext
def close(_error):
    if connection := g.pop("database", None):
        connection.close()


def create_tables():
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    with app.app_context(), database() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, password TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, user_id INTEGER, item TEXT)")
        for name in ("ada", "bob", "cleo"):
            connection.execute("INSERT OR IGNORE INTO users (name, password) VALUES (?, ?)", (name, generate_password_hash("shop")))


create_tables()
