"""San Francisco as a scene needs it: the shape of its land, the bearings of its street grids, where people go.

Outlines are coarse (some hundred metres) and drawn by hand; latitude first. They keep cars off the water and out of the
parks, and turn streets as the city's are turned.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from rideflow.kernel.geo import Point

type Outline = tuple[tuple[float, float], ...]
type Kind = Literal["work", "out", "home", "airport"]
"""Offices; restaurants, bars and halls; where people live; the airport."""


class Grid(NamedTuple):
    """A district whose streets run along `bearing_deg` (clockwise from north) and across it.

    A place belongs to the first grid whose outline holds it.
    """

    name: str
    bearing_deg: float
    outline: Outline


class Area(NamedTuple):
    """People come from and go to places around `centre`, `spread_m` away (standard deviation in each axis)."""

    name: str
    kind: Kind
    centre: Point
    spread_m: float
    weight: float


CENTRE = Point(lat=37.7749, lng=-122.4194)

LAND: Outline = (
    (37.7880, -122.4900), (37.7885, -122.4470), (37.8040, -122.4470), (37.8060, -122.4380), (37.8058, -122.4240),
    (37.8075, -122.4170), (37.8055, -122.4060), (37.7985, -122.3985), (37.7935, -122.3935), (37.7880, -122.3885),
    (37.7790, -122.3895), (37.7700, -122.3875), (37.7570, -122.3865), (37.7480, -122.3880), (37.7400, -122.3800),
    (37.7330, -122.3790), (37.7240, -122.3880), (37.7140, -122.3930), (37.7085, -122.3990), (37.7085, -122.4850),
    (37.7215, -122.4835), (37.7330, -122.4935), (37.7350, -122.5030), (37.7650, -122.5090), (37.7790, -122.5110),
    (37.7840, -122.5000),
)  # fmt: skip
"""The city north of its southern limit, without the Presidio, Lake Merced and Hunters Point."""

PARKS: tuple[Outline, ...] = (
    # Golden Gate Park, in three parts: between them cars cross it, as they do on 19th Avenue and by Chain of Lakes.
    ((37.7655, -122.5065), (37.7715, -122.5075), (37.7718, -122.4985), (37.7660, -122.4980)),
    ((37.7660, -122.4955), (37.7719, -122.4960), (37.7725, -122.4785), (37.7663, -122.4780)),
    ((37.7664, -122.4745), (37.7726, -122.4750), (37.7735, -122.4545), (37.7675, -122.4545)),
    # Mount Sutro, Twin Peaks and Glen Canyon.
    (
        (37.7605, -122.4610), (37.7615, -122.4485), (37.7545, -122.4440), (37.7465, -122.4445), (37.7375, -122.4395),
        (37.7365, -122.4440), (37.7430, -122.4520), (37.7500, -122.4590),
    ),
    # McLaren Park.
    ((37.7225, -122.4250), (37.7230, -122.4130), (37.7150, -122.4120), (37.7150, -122.4235)),
)  # fmt: skip

GRIDS = (
    Grid(
        "South of Market",
        45.0,
        (
            (37.7942, -122.3950), (37.7752, -122.4193), (37.7715, -122.4228), (37.7695, -122.4190),
            (37.7695, -122.4060), (37.7705, -122.4020), (37.7765, -122.3935), (37.7780, -122.3860),
            (37.7890, -122.3860), (37.7945, -122.3925),
        ),
    ),
    Grid("Bayview", 36.0, ((37.7480, -122.4070), (37.7480, -122.3700), (37.7000, -122.3700), (37.7000, -122.4070))),
    Grid("Potrero", -3.0, ((37.7780, -122.4070), (37.7780, -122.3800), (37.7480, -122.3800), (37.7480, -122.4070))),
    Grid("Mission", -3.0, ((37.7700, -122.4450), (37.7700, -122.4070), (37.7355, -122.4070), (37.7355, -122.4450))),
    Grid("Excelsior", 30.0, ((37.7355, -122.4500), (37.7355, -122.4070), (37.7000, -122.4070), (37.7000, -122.4500))),
    Grid("Avenues", -3.0, ((37.7950, -122.5200), (37.7950, -122.4520), (37.7000, -122.4520), (37.7000, -122.5200))),
    Grid("North of Market", -9.0, ((37.81, -122.52), (37.81, -122.38), (37.70, -122.38), (37.70, -122.52))),
)  # fmt: skip

TERMINAL, WAITING_LOT = Point(lat=37.6155, lng=-122.3885), Point(lat=37.6325, lng=-122.4022)
"""At the airport: where riders are picked up and set down, and where cars queue for them."""

FREEWAY = (
    Point(lat=37.7700, lng=-122.4075), Point(lat=37.7640, lng=-122.4055), Point(lat=37.7560, lng=-122.4030),
    Point(lat=37.7490, lng=-122.4055), Point(lat=37.7370, lng=-122.4075), Point(lat=37.7280, lng=-122.4020),
    Point(lat=37.7190, lng=-122.3985), Point(lat=37.7110, lng=-122.3955), Point(lat=37.7010, lng=-122.3930),
    Point(lat=37.6880, lng=-122.3905), Point(lat=37.6760, lng=-122.3890), Point(lat=37.6650, lng=-122.3945),
    Point(lat=37.6550, lng=-122.4025), Point(lat=37.6430, lng=-122.4055), Point(lat=37.6340, lng=-122.4045),
    Point(lat=37.6260, lng=-122.4010), Point(lat=37.6190, lng=-122.3970), Point(lat=37.6165, lng=-122.3920), TERMINAL,
)  # fmt: skip
"""Highway 101 from Bryant Street to the terminals."""

RAMPS = (0, 3, 5)
"""Indices of the freeway's points that city streets lead to."""

LOT_IS_OFF = 14
"""The freeway's point at which cars leave it for the waiting lot."""


AREAS = (
    Area("Financial District", "work", Point(lat=37.7925, lng=-122.4000), 320, 5),
    Area("Union Square", "work", Point(lat=37.7875, lng=-122.4075), 260, 3),
    Area("South of Market", "work", Point(lat=37.7800, lng=-122.3990), 420, 3),
    Area("Mission Bay", "work", Point(lat=37.7690, lng=-122.3905), 330, 2),
    Area("Civic Center", "work", Point(lat=37.7790, lng=-122.4170), 260, 1),
    Area("Mission", "out", Point(lat=37.7610, lng=-122.4200), 480, 5),
    Area("North Beach", "out", Point(lat=37.7995, lng=-122.4085), 300, 3),
    Area("Hayes Valley", "out", Point(lat=37.7765, lng=-122.4245), 240, 2),
    Area("Polk Gulch", "out", Point(lat=37.7905, lng=-122.4205), 350, 2),
    Area("Marina", "out", Point(lat=37.8000, lng=-122.4370), 350, 2),
    Area("Castro", "out", Point(lat=37.7625, lng=-122.4350), 240, 2),
    Area("Eleventh Street", "out", Point(lat=37.7725, lng=-122.4130), 220, 2),
    Area("Haight", "out", Point(lat=37.7700, lng=-122.4465), 260, 1),
    Area("Clement Street", "out", Point(lat=37.7825, lng=-122.4640), 300, 1),
    Area("Irving Street", "out", Point(lat=37.7638, lng=-122.4690), 260, 1),
    Area("Inner Richmond", "home", Point(lat=37.7800, lng=-122.4680), 500, 3),
    Area("Outer Richmond", "home", Point(lat=37.7785, lng=-122.4930), 550, 2),
    Area("Inner Sunset", "home", Point(lat=37.7610, lng=-122.4720), 450, 2),
    Area("Outer Sunset", "home", Point(lat=37.7520, lng=-122.4950), 650, 3),
    Area("Noe Valley", "home", Point(lat=37.7500, lng=-122.4310), 400, 3),
    Area("Bernal Heights", "home", Point(lat=37.7410, lng=-122.4170), 380, 2),
    Area("Potrero Hill", "home", Point(lat=37.7590, lng=-122.4000), 350, 2),
    Area("Pacific Heights", "home", Point(lat=37.7915, lng=-122.4345), 400, 3),
    Area("Western Addition", "home", Point(lat=37.7800, lng=-122.4340), 400, 3),
    Area("Russian Hill", "home", Point(lat=37.8010, lng=-122.4180), 300, 2),
    Area("Excelsior", "home", Point(lat=37.7240, lng=-122.4310), 450, 2),
    Area("Bayview", "home", Point(lat=37.7330, lng=-122.3930), 400, 1),
    Area("Ingleside", "home", Point(lat=37.7220, lng=-122.4600), 500, 1),
    Area("West Portal", "home", Point(lat=37.7400, lng=-122.4680), 400, 1),
    Area("Airport", "airport", TERMINAL, 0, 1),
)
