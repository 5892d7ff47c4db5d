"""Throwaway servers: real programs on free local ports, which end with the tests that started them."""

from tests.servers.mail import MailServer
from tests.servers.nginx import Nginx, NginxMissing
from tests.servers.notifier import Executed, Notifier, Served
from tests.servers.postgres import Postgres, PostgresMissing
from tests.servers.redis import Redis, RedisMissing

__all__ = ["Executed", "MailServer", "Nginx", "NginxMissing", "Notifier", "Postgres", "PostgresMissing", "Redis", "RedisMissing", "Served"]
