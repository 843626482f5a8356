#!/usr/bin/env python3
"""Makes the example city "Riverton": GeoJSON layers in config/example-city/.

Everything here is invented; no data from anywhere else goes in. The same input gives the same bytes on every
machine (own random numbers, fixed order, six decimals). Standard library only.

    python3 scripts/make-example-city.py            writes config/example-city/*.geojson
"""

import json
import math
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "config" / "example-city"
# Farmland in the middle of a continent: nobody's streets.
LAT, LON = 40.06, -89.4
TILT = math.radians(11)
METRES = 111195.0


class Dice:
    """A small random source of our own, equal everywhere."""

    def __init__(self, seed):
        self.state = seed

    def roll(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) / 2**31

    def between(self, low, high):
        return low + (high - low) * self.roll()


def bend(u, v):
    """Plan metres (u east, v north) -> ground metres: old towns are never straight."""
    x = u + 20 * math.sin(v / 410) + 9 * math.sin(u / 230 + 1)
    y = v + 24 * math.sin(u / 520) + 10 * math.sin(v / 260)
    return (x * math.cos(TILT) - y * math.sin(TILT), x * math.sin(TILT) + y * math.cos(TILT))


def degrees(x, y):
    return [round(LON + x / (METRES * math.cos(math.radians(LAT))), 6), round(LAT + y / METRES, 6)]


def dense(points, step=55):
    """More points on long lines, so that they bend with the ground."""
    out = [points[0]]
    for (a, b), (c, d) in zip(points, points[1:]):
        parts = max(1, math.ceil(math.hypot(c - a, d - b) / step))
        out += [(a + (c - a) * i / parts, b + (d - b) * i / parts) for i in range(1, parts + 1)]
    return out


def place(points):
    return [degrees(*bend(u, v)) for u, v in points]


def rect(u0, v0, u1, v1):
    return [(u0, v0), (u1, v0), (u1, v1), (u0, v1), (u0, v0)]


# Streets: name, plan line from low to high house numbers, main, other names. A crossing is wherever two lines meet.
EAST_WEST = [
    ("Highland Ave", 980, -1150, 820, False),
    ("Winter St", 820, -980, 900, False),
    ("Franklin St", 660, -1150, 650, False),
    ("Maple St", 500, -820, 820, False),
    ("Main St", 340, -1150, 1500, True),
    ("Bridge St", 170, -500, 490, False),
    ("Market St", 0, -820, 1500, True),
    ("Green St", -170, -180, 820, False),
    ("Elm St", -330, -1150, 820, False),
    ("Pearl St", -490, -660, 490, False),
    ("Kinney St", -650, -980, 820, False),
    ("Water St", -810, -340, 860, False),
    ("Depot St", -970, -660, 650, False),
    ("Tanner St", -1130, -500, 490, False),
]
NORTH_SOUTH = [
    ("Ridge Ave", -1150, 980, -330, False),
    ("Walnut St", -980, 980, -650, False),
    ("Chestnut St", -820, 820, -650, False),
    ("Spruce St", -660, 980, -970, False),
    ("Linden St", -500, 660, -1130, False),
    ("Court St", -340, 660, -970, False),
    ("Church St", -180, 500, -810, False),
    ("Broad St", 0, 1150, -1250, True),
    ("Orchard St", 170, 0, -970, False),
    ("Prince St", 330, 500, -970, False),
    ("Foundry St", 490, 820, -1130, False),
    ("Mercer St", 650, 820, -970, False),
    ("Canal St", 820, 980, -810, False),
    ("Eastbank Dr", 1130, 700, -700, True),
    ("Hollis St", 1290, 500, -490, False),
    ("Mason Ave", 1450, 500, -490, False),
]
OTHERS = [
    ("Mill Rd", [(170, -1130), (420, -1060), (640, -1010), (790, -900), (868, -760), (880, -560), (872, -330), (884, -90)], True, ["Old Mill Rd"]),
    ("Jefferson Ave", [(-1150, -900), (-820, -700), (-500, -410), (-340, -250), (-180, -90), (0, 60), (170, 230), (490, 560), (820, 900)], True, ["Jefferson", "Turnpike Ave"]),
    ("Old Post Rd", [(-340, 660), (-500, 900), (-660, 1080), (-900, 1220)], False, ["Post Rd"]),
    ("Ferry Landing", [(820, -250), (905, -262)], False, ["Ferry Lndg"]),
    ("Green Ter", [(-1060, 820), (-1060, 735), (-1010, 720), (-980, 720)], False, []),
    ("Cemetery Ln", [(-1150, 340), (-1290, 390), (-1380, 500)], False, []),
    ("Quarry Rd", [(-1150, -330), (-1290, -360), (-1370, -480), (-1350, -640), (-1150, -900)], False, []),
    ("Courthouse Sq", [(60, 0), (60, 110), (0, 110)], False, ["Courthouse Square"]),
    ("Station Pl", [(-80, -970), (-80, -1130)], False, []),
    ("Baker Pl", [(-740, 340), (-740, 500)], False, []),
    ("Cooper Ln", [(-420, 500), (-420, 660)], False, []),
    ("Dyer Ct", [(410, -330), (410, -440)], False, []),
    ("Fuller St", [(250, 340), (250, 500)], False, []),
    ("Glover St", [(570, 340), (570, 660)], False, []),
    ("Hatter Ln", [(-100, -490), (-100, -650)], False, []),
    ("Joiner St", [(410, -650), (410, -810)], False, []),
    ("Lantern Ln", [(90, -170), (90, -330)], False, []),
    ("Mariner Way", [(740, -490), (740, -650)], False, []),
    ("Needle Aly", [(-90, 0), (-90, -170)], False, []),
    ("Oakum St", [(570, -650), (570, -810)], False, []),
    ("Potter St", [(-900, 660), (-900, 820)], False, []),
    ("Quill Ct", [(-260, 340), (-260, 430)], False, []),
    ("Roper St", [(740, 340), (740, 500)], False, []),
    ("Saddler St", [(-580, -330), (-580, -490)], False, []),
    ("Thatcher Rd", [(-1070, -330), (-1070, -500), (-980, -500)], False, []),
    ("Union Pl", [(-260, -330), (-260, -490)], False, []),
    ("Vine St", [(-900, 340), (-900, 500), (-820, 500)], False, []),
    ("Weaver St", [(-740, 660), (-740, 820)], False, []),
    ("Yarrow Cir", [(-1070, 980), (-1100, 1060), (-1040, 1090), (-1000, 1040), (-1020, 980)], False, []),
    ("Saint Brendan St", [(-580, 340), (-580, 500)], False, ["St Brendan St"]),
    ("Third St", [(1130, 230), (1450, 230)], False, ["3rd St"]),
    ("Second St", [(1130, 115), (1450, 115)], False, ["2nd St"]),
    ("Fourth St", [(1130, -120), (1450, -120)], False, ["4th St"]),
    ("Fifth St", [(1130, -240), (1450, -240)], False, ["5th St"]),
    ("Sixth St", [(1130, -360), (1450, -360)], False, ["6th St"]),
    ("Mount Alder Rd", [(0, 1150), (120, 1230), (300, 1250), (430, 1180), (490, 1040), (490, 820)], False, ["Mt Alder Rd"]),
    ("Meadow Ln", [(650, 820), (650, 980)], False, []),
    ("Alder Way", [(820, 660), (880, 560), (885, 420), (820, 340)], False, []),
]

RIVER = [(1040, -1500), (985, -1150), (960, -800), (990, -450), (1010, -100), (1000, 300), (960, 700), (990, 1100), (1080, 1500)]
POND = [(-260 + 95 * math.cos(a), -1290 + 62 * math.sin(a)) for a in [i * math.pi / 8 for i in range(16)]]

PARKS = [
    ("Riverside Park", "City of Riverton", "", [(905, 0), (960, -30), (950, -230), (930, -330), (905, -330), (893, -250), (900, -90), (905, 0)]),
    ("Mill Pond Park", "City of Riverton", "Mill Pond", [(-420, -1180), (-90, -1170), (-70, -1390), (-400, -1410), (-420, -1180)]),
    ("Alder Creek State Park", "State Parks Department", "Alder Creek Park", [(520, 1010), (800, 1000), (840, 1250), (560, 1330), (470, 1210), (520, 1010)]),
    ("Hilltop Common", "City of Riverton", "The Common", rect(-968, 352, -912, 488)),
    ("Quarry Playground", "Riverton Schools", "", rect(-1240, -560, -1165, -440)),
]
SQUARES = [
    ("Courthouse Square", "Courthouse Sq", "City of Riverton", rect(11, 12, 52, 100)),
    ("Mill Square", "Mill Sq", "City of Riverton", rect(780, -875, 812, -828)),
    ("Station Square", "Station Sq", "City of Riverton", rect(-68, -1115, -12, -1065)),
]
# Public buildings: name, other names, plan rectangle.
PUBLIC = [
    ("City Hall", "Riverton City Hall", rect(-78, -152, -16, -26)),
    ("Market Hall", "Riverton Market", rect(186, -100, 270, -28)),
    ("Riverton Public Library", "library, public library, biblioteca, bibliyotek", rect(-160, -314, -118, -262)),
    ("First Parish Church", "First Parish", rect(-168, -232, -136, -190)),
    ("Saint Brendan Church", "St Brendan", rect(-566, 356, -520, 392)),
    ("Orchard Street School", "Orchard School", rect(186, -470, 246, -410)),
    ("Church Street School", "Church School", rect(-164, 196, -100, 250)),
    ("Highland School", "", rect(-420, 720, -356, 780)),
    ("Riverton High School", "high school", rect(-640, -620, -530, -530)),
    ("Fire Station 1", "fire headquarters", rect(346, -150, 392, -100)),
    ("Fire Station 2", "East Bank fire station", rect(1146, -60, 1190, -16)),
    ("Riverton General Hospital", "hospital, General Hospital", rect(510, 360, 558, 480)),
    ("Police Headquarters", "police station", rect(-326, -310, -280, -270)),
    ("Riverton Station", "train station", rect(-64, -1052, -16, -1000)),
    ("Post Office", "main post office", rect(346, 20, 400, 64)),
    ("Senior Center", "", rect(666, -310, 706, -270)),
    ("Public Works Yard", "DPW yard", rect(580, -960, 640, -900)),
    ("Water Works", "pumping station", rect(896, 300, 930, 350)),
]
WARDS = [
    ("Old Town Ward", rect(-340, -490, 1005, 340)),
    ("Mill Ward", rect(-340, -1500, 1005, -490)),
    ("Hill Ward", rect(-1500, 340, -340, 1400)),
    ("Alder Ward", rect(-340, 340, 1005, 1400)),
    ("Quarry Ward", rect(-1500, -1500, -340, 340)),
    ("East Bank Ward", rect(1005, -1500, 1600, 1400)),
]
BOUNDARY = rect(-1500, -1500, 1600, 1400)
POWER_COMPANY_STREETS = {"Mill Rd", "Quarry Rd", "Cemetery Ln", "Mount Alder Rd", "Canal St", "Eastbank Dr", "Ridge Ave"}


def streets():
    out = []
    for name, v, u0, u1, main in EAST_WEST:
        out.append((name, [(u0, v), (u1, v)], main, []))
    for name, u, v0, v1, main in NORTH_SOUTH:
        out.append((name, [(u, v0), (u, v1)], main, []))
    out += OTHERS
    return [(name, dense(line), main, other) for name, line, main, other in out]


def crossing(a, b, c, d):
    """Where two stretches meet in plan: (share of the first, share of the second), or nothing."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = a, b, c, d
    turn = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3)
    if abs(turn) < 1e-9:
        return None
    s = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / turn
    t = ((x3 - x1) * (y2 - y1) - (y3 - y1) * (x2 - x1)) / turn
    slack = 0.02
    if -slack <= s <= 1 + slack and -slack <= t <= 1 + slack:
        return min(max(s, 0), 1), min(max(t, 0), 1)
    return None


def cut_streets(lines):
    """Cuts every street where it meets another; returns segments with plan points and node numbers."""
    cuts = [[] for _ in lines]
    for i, (_, a, _, _) in enumerate(lines):
        for j in range(i + 1, len(lines)):
            b = lines[j][1]
            for m in range(len(a) - 1):
                for n in range(len(b) - 1):
                    hit = crossing(a[m], a[m + 1], b[n], b[n + 1])
                    if hit:
                        cuts[i].append(m + hit[0])
                        cuts[j].append(n + hit[1])
    nodes, segments = [], []

    def node(point):
        for at, known in enumerate(nodes):
            if math.hypot(known[0] - point[0], known[1] - point[1]) < 9:
                return at
        nodes.append(point)
        return len(nodes) - 1

    def at(line, t):
        i = min(int(t), len(line) - 2)
        (a, b), (c, d) = line[i], line[i + 1]
        return (a + (c - a) * (t - i), b + (d - b) * (t - i))

    for (name, line, main, other), found in zip(lines, cuts):
        stops = [0.0] + sorted(found) + [len(line) - 1.0]
        for t0, t1 in zip(stops, stops[1:]):
            if node(at(line, t0)) == node(at(line, t1)):
                continue
            start, end = node(at(line, t0)), node(at(line, t1))
            middle = [line[i] for i in range(math.floor(t0) + 1, math.ceil(t1)) if t0 + 0.05 < i < t1 - 0.05]
            points = [nodes[start]] + middle + [nodes[end]]
            segments.append({"name": name, "main": main, "other": other, "line": points, "from": start, "to": end})
    return nodes, segments


def length(line):
    return sum(math.hypot(c - a, d - b) for (a, b), (c, d) in zip(line, line[1:]))


def along(line, share, right):
    """Plan point on a line, moved to its right."""
    rest = length(line) * share
    for (a, b), (c, d) in zip(line, line[1:]):
        step = math.hypot(c - a, d - b)
        if rest <= step or (c, d) == line[-1]:
            t = min(rest / step, 1)
            return (a + (c - a) * t + (d - b) / step * right, b + (d - b) * t - (c - a) / step * right, math.atan2(d - b, c - a))
        rest -= step


def gap_to(point, line):
    best = 1e9
    for (a, b), (c, d) in zip(line, line[1:]):
        size = (c - a) ** 2 + (d - b) ** 2
        t = max(0, min(1, ((point[0] - a) * (c - a) + (point[1] - b) * (d - b)) / size))
        best = min(best, math.hypot(point[0] - a - (c - a) * t, point[1] - b - (d - b) * t))
    return best


def inside(point, ring):
    odd = False
    for (a, b), (c, d) in zip(ring, ring[1:]):
        if (b > point[1]) != (d > point[1]) and point[0] < (c - a) * (point[1] - b) / (d - b) + a:
            odd = not odd
    return odd


def buildings(segments, kept_free):
    """One row of houses on both sides of every street, with yards between; none where something else stands."""
    dice, out, placed = Dice(26), [], {}
    for seg in segments:
        long = length(seg["line"])
        for side in (1, -1):
            at = 16.0
            while at < long - 16:
                wide, deep = dice.between(13, 27), dice.between(14, 24)
                gap = dice.between(2.5, 9)
                setback = 11 + dice.between(0, 3)
                u, v, turn = along(seg["line"], (at + wide / 2) / long, side * (setback + deep / 2))
                at += wide + gap
                corners = []
                for dx, dy in ((-wide / 2, -deep / 2), (wide / 2, -deep / 2), (wide / 2, deep / 2), (-wide / 2, deep / 2)):
                    corners.append((u + dx * math.cos(turn) - dy * math.sin(turn), v + dx * math.sin(turn) + dy * math.cos(turn)))
                near = [n for du in (-1, 0, 1) for dv in (-1, 0, 1) for n in placed.get((int(u // 40) + du, int(v // 40) + dv), [])]
                if any(math.hypot(u - a, v - b) < (wide + w) / 2 + 2.5 for a, b, w in near):
                    continue
                if any(gap_to(c, s["line"]) < 9.5 for s in segments for c in corners if near_line(c, s["line"])):
                    continue
                if any(inside(c, ring) for ring in kept_free for c in corners + [(u, v)]):
                    continue
                if dice.roll() < 0.08:
                    continue
                placed.setdefault((int(u // 40), int(v // 40)), []).append((u, v, wide))
                out.append(corners + corners[:1])
    return out


def near_line(point, line):
    low_u, high_u = min(p[0] for p in line) - 12, max(p[0] for p in line) + 12
    low_v, high_v = min(p[1] for p in line) - 12, max(p[1] for p in line) + 12
    return low_u <= point[0] <= high_u and low_v <= point[1] <= high_v


def house_numbers(segments):
    """A hundred numbers for each block between two through streets, shared by the stretches that alleys cut."""
    through = {name for name, *_ in EAST_WEST + NORTH_SOUTH} | {"Jefferson Ave", "Mill Rd"}
    met = {}
    for seg in segments:
        for end in ("from", "to"):
            met.setdefault(seg[end], set()).add(seg["name"])
    blocks, open_block = [], []
    for at, seg in enumerate(segments):
        open_block.append(at)
        goes_on = at + 1 < len(segments) and segments[at + 1]["name"] == seg["name"]
        if not goes_on or (met[seg["to"]] - {seg["name"]}) & through:
            blocks.append(open_block)
            open_block = []
    numbers, count, street = [], 0, None
    for block in blocks:
        name = segments[block[0]]["name"]
        count = count + 1 if name == street else (2 if name == "Green Ter" else 0)
        street, done = name, 0.0
        whole = sum(length(segments[at]["line"]) for at in block)
        for at in block:
            first = round(49 * done / whole)
            done += length(segments[at]["line"])
            last = round(49 * done / whole) - 1
            numbers.append((count * 100 + 1 + 2 * first, count * 100 + 1 + 2 * max(first, last)))
    return numbers


def feature(kind, coordinates, **columns):
    columns = {k: v for k, v in columns.items() if v not in (None, "")}
    return {"type": "Feature", "properties": columns, "geometry": {"type": kind, "coordinates": coordinates}}


def write(name, features):
    body = ",\n".join(json.dumps(f, separators=(",", ":"), ensure_ascii=False) for f in features)
    (OUT / name).write_text('{"type":"FeatureCollection","features":[\n' + body + "\n]}\n", encoding="utf-8")


def lights(segments, nodes):
    """Poles at corners and every 45 m; numbers in order of the streets, two of them known by name."""
    poles = []
    for seg in segments:
        long = length(seg["line"])
        count = max(1, round(long / 45))
        for n in range(count):
            u, v, _ = along(seg["line"], (n * long / count + 7) / long, 6 if n % 2 == 0 else -6)
            owner = "Tri-County Power" if seg["name"] in POWER_COMPANY_STREETS else "City of Riverton"
            if all(math.hypot(u - p["u"], v - p["v"]) > 14 for p in poles):
                poles.append({"u": u, "v": v, "owner": owner, "street": seg["name"]})
    for number, pole in enumerate(poles):
        pole["id"] = 1001 + number
    for number, corner in ((1147, (6, 6)), (1163, (6, -644))):
        near = min(poles, key=lambda p: math.hypot(p["u"] - corner[0], p["v"] - corner[1]))
        other = next(p for p in poles if p["id"] == number)
        other["id"], near["id"] = near["id"], number
        near.update(u=corner[0], v=corner[1], owner="City of Riverton", street="Broad St")
    return sorted(poles, key=lambda p: p["id"])


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    nodes, segments = cut_streets(streets())
    lines = []
    numbers = house_numbers(segments)
    for seg, (first, last) in zip(segments, numbers):
        lines.append(feature(
            "LineString", place(seg["line"]), name=seg["name"], aliases=", ".join(seg["other"]),
            id=f"S{len(lines) + 1:04}", from_node=f"N{seg['from']:04}", to_node=f"N{seg['to']:04}",
            left_from=first, left_to=last, right_from=first + 1, right_to=last + 1,
            main="yes" if seg["main"] else "no"))
    write("streets.geojson", lines)
    meets = {}
    for seg in segments:
        for end in ("from", "to"):
            names = meets.setdefault(seg[end], [])
            if seg["name"] not in names:
                names.append(seg["name"])
    write("nodes.geojson", [
        feature("Point", degrees(*bend(*point)), id=f"N{n:04}", name=" & ".join(meets.get(n, []))) for n, point in enumerate(nodes)])
    ring = lambda points: [place(dense(points, 120))]
    write("boundary.geojson", [feature("Polygon", ring(BOUNDARY), name="Riverton")])
    write("wards.geojson", [feature("Polygon", ring(r), name=name) for name, r in WARDS])
    write("parks.geojson", [feature("Polygon", [place(r)], name=n, owner=o, aliases=a) for n, o, a, r in PARKS])
    write("squares.geojson", [feature("Polygon", [place(r)], name=n, owner=o, aliases=a) for n, a, o, r in SQUARES])
    write("public_buildings.geojson", [feature("Polygon", [place(r)], name=n, aliases=a) for n, a, r in PUBLIC])
    west = dense(RIVER, 90)
    river = west + [(u + 95, v) for u, v in reversed(west)] + west[:1]
    write("water.geojson", [
        feature("Polygon", [place(river)], name="Alder River"),
        feature("Polygon", [place(POND + POND[:1])], name="Mill Pond")])
    free = [r for *_, r in PARKS] + [r for *_, r in SQUARES] + [grown(r) for *_, r in PUBLIC] + [river, POND + POND[:1]]
    write("buildings.geojson", [feature("Polygon", [place(r)]) for r in buildings(segments, free)])
    point = lambda u, v: degrees(*bend(u, v))
    write("street_lights.geojson", [
        feature("Point", point(p["u"], p["v"]), pole=str(p["id"]), owner=p["owner"]) for p in lights(segments, nodes)])
    hydrants = [along(s["line"], 0.5, -5) for n, s in enumerate(segments) if n % 2 == 0]
    write("hydrants.geojson", [feature("Point", point(u, v), number=f"H{n + 101}") for n, (u, v, _) in enumerate(hydrants)])
    mains = {s["name"] for s in segments if s["main"]}
    signals = [n for n, names in sorted(meets.items()) if len(names) > 1 and sum(x in mains for x in names) > 1
               or "Broad St" in names and len(names) > 1]
    write("signals.geojson", [feature("Point", point(*nodes[n]), number=f"T{i + 1}") for i, n in enumerate(signals)])
    write("barrels.geojson", [
        feature("Point", point(sum(u for u, _ in r[:-1]) / (len(r) - 1), sum(v for _, v in r[:-1]) / (len(r) - 1)), number=f"B{i + 1}")
        for i, (*_, r) in enumerate(PARKS + SQUARES)])


def grown(r, by=6):
    us, vs = [u for u, _ in r], [v for _, v in r]
    return rect(min(us) - by, min(vs) - by, max(us) + by, max(vs) + by)


if __name__ == "__main__":
    main()
