"""The routes for people put together: signing in, members, and what an organization and its members set."""

from dataclasses import dataclass

from midspan.control.control import Control
from midspan.control.identities import Admission
from midspan.http import (
    environments,
    keys,
    members,
    openid,
    preferences,
    prices,
    reprice,
    sessions,
    storage,
    views,
    welcome,
)
from midspan.http.auth import Authentication
from midspan.http.bodies import Bodies
from midspan.http.cookies import Cookies
from midspan.http.environments import Environments
from midspan.http.keys import Keys
from midspan.http.members import Members
from midspan.http.openid import OpenId
from midspan.http.operation import Operation
from midspan.http.origins import Origins
from midspan.http.preferences import Preferences
from midspan.http.prices import Prices
from midspan.http.provider import Provider
from midspan.http.reprice import Reprices
from midspan.http.sessions import OpenIdProvider, Sessions
from midspan.http.storage import Storages
from midspan.http.views import Views
from midspan.http.welcome import Welcome
from midspan.settings import Settings
from midspan.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The handlers of these routes, and who asks on every other one."""

    authentication: Authentication
    sessions: Sessions
    welcome: Welcome
    openid: OpenId
    members: Members
    keys: Keys
    environments: Environments
    prices: Prices
    reprices: Reprices
    views: Views
    preferences: Preferences
    storage: Storages


def accounts(settings: Settings, control: Control, bodies: Bodies, store: Store) -> Accounts:
    """Everything that knows of people. Raises `NotFound` as `Authentication` does."""
    cookies, origins = Cookies(settings.public_url), Origins(settings.public_url)
    provider, shown = None, None
    if settings.openid_issuer:
        provider = Provider(
            settings.openid_issuer,
            settings.openid_client_id,
            settings.openid_client_secret,
            trust_email=settings.openid_trust_email,
        )
        shown = OpenIdProvider(settings.openid_name)
    own = Sessions(
        control=control,
        bodies=bodies,
        cookies=cookies,
        origins=origins,
        required=settings.authentication,
        openid=shown,
    )
    return Accounts(
        authentication=Authentication(control, required=settings.authentication, cookies=cookies, origins=origins),
        sessions=own,
        welcome=Welcome(sessions=own),
        openid=OpenId(
            sessions=own,
            provider=provider,
            admission=Admission(settings.openid_domain_names, settings.openid_role),
            public_url=settings.public_url.rstrip("/"),
        ),
        members=Members(control=control, bodies=bodies, public_url=settings.public_url),
        keys=Keys(control=control, bodies=bodies),
        environments=Environments(control=control, bodies=bodies),
        prices=Prices(control=control, bodies=bodies),
        reprices=Reprices(store=store, control=control, bodies=bodies),
        views=Views(control=control, bodies=bodies),
        preferences=Preferences(control=control, bodies=bodies),
        storage=Storages(store=store, settings=settings),
    )


def operations(accounts: Accounts) -> list[Operation]:
    """Every route for people."""
    return [
        *sessions.operations(accounts.sessions),
        *welcome.operations(accounts.welcome),
        *openid.operations(accounts.openid),
        *members.operations(accounts.members),
        *keys.operations(accounts.keys),
        *environments.operations(accounts.environments),
        *prices.operations(accounts.prices),
        *reprice.operations(accounts.reprices),
        *views.operations(accounts.views),
        *preferences.operations(accounts.preferences),
        *storage.operations(accounts.storage),
    ]
