"""Honest users beside the attacker: classes of devices, built in or from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from powplasma.errors import InvalidInput
from powplasma.files import read_toml
from powplasma.folders import user_path
from powplasma.simulation.schema import Table

_BUILT_IN = "honest.toml"
_KEYS = (
    "name", "users", "hashrate", "fused_qsr", "sends_per_day", "patience", "overhead", "on_rise", "headroom_percent",
    "reanchor",
)  # fmt: skip
_MOST_USERS = 1_000_000
_YEAR = 31_557_600


@dataclass(frozen=True, slots=True)
class Device:
    """Users of one sort. All of their blocks are plain ones.

    Attributes:
        name: unique.
        users: how many.
        hashrate: hashes per second of each; 0 for those who pay with fused plasma.
        fused_qsr: QSR fused for each; 0 for those who work. Fused plasma is back when a block is confirmed.
        sends_per_day: how often each wants to send, on average, when nothing keeps it.
        patience: seconds after which a block is given up; 0: never.
        overhead: seconds from taking an anchor to publishing, without the search.
        on_rise: when a work is ready and no longer enough: ``again`` begins another, ``wait`` keeps it until the
            price has fallen.
        headroom_percent: how much more plasma it buys than the price asks for when it begins.
        reanchor: whether a search goes on under the newest momentum as they come. A search has no memory,
            so this loses nothing.
    """

    name: str
    users: int
    hashrate: int
    fused_qsr: int
    sends_per_day: float
    patience: int
    overhead: float
    on_rise: str
    headroom_percent: int
    reanchor: bool


@dataclass(frozen=True, slots=True)
class Honest:
    """A population.

    Attributes:
        name: ``default``, ``none``, or the path of a file.
        title: one line for people.
        devices: its classes; none for nobody.
    """

    name: str
    title: str
    devices: tuple[Device, ...]

    @property
    def users(self) -> int:
        """All of them."""
        return sum(device.users for device in self.devices)


def load_honest(name: str) -> Honest:
    """``none``, ``default``, or a population from a TOML file.

    Raises:
        InvalidInput: field ``honest`` if the file cannot be read; or a key or value of it, with the file.
    """
    if name == "none":
        return Honest(name, "nobody", ())
    if name == "default":
        document = tomllib.loads(resources.files(__package__).joinpath(_BUILT_IN).read_text(encoding="utf-8"))
    else:
        document = read_toml(user_path(name, "honest"), "honest", "none, default, or a TOML file")
    table = Table(f"{name}:", document, ("title", "classes"))
    devices: list[Device] = []
    for entry in table.tables("classes", _KEYS):
        device = _device(entry)
        if device.name in (other.name for other in devices):
            entry.refuse("name", device.name, "is the name of another class", "a name for each")
        devices.append(device)
    honest = Honest(name, table.text("title", name), tuple(devices))
    if honest.users > _MOST_USERS:
        raise InvalidInput(f"{name}: users", honest.users, "is out of range", f"1 … {_MOST_USERS} in all classes")
    return honest


def _device(entry: Table) -> Device:
    hashrate = entry.integer("hashrate", 0, 10**18, 0, "hashes per second")
    qsr = entry.integer("fused_qsr", 0, 10**8, 0, "QSR")
    if bool(hashrate) == bool(qsr):
        entry.refuse("hashrate", hashrate, "is there beside or without fused_qsr", "one of the two, above 0")
    name = entry.text("name")
    if not name.isidentifier():
        entry.refuse("name", name, "is no name", "letters, digits and _, a letter first")
    return Device(
        name=name,
        users=entry.integer("users", 1, _MOST_USERS),
        hashrate=hashrate,
        fused_qsr=qsr,
        sends_per_day=entry.number("sends_per_day", 0.0001, 86_400),
        patience=entry.integer("patience", 0, _YEAR, 0, "seconds"),
        overhead=entry.number("overhead", 0, _YEAR, 0, "seconds"),
        on_rise=entry.choice("on_rise", ("again", "wait"), "again"),
        headroom_percent=entry.integer("headroom_percent", 0, 100_000, 0, "percent"),
        reanchor=entry.flag("reanchor", True),
    )
