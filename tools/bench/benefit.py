"""Two peers on the table of `policy/990100/employee/inpatient.toml`; called by tools/bench/benefit.sh.

CPU time of the process counts, so that other work on the machine does not. The tables below are that file's:
deductible by institution, halved from the second admission; rate by institution, three points more for the retired;
pooled fund to 150,000, large amounts at 85 % of what is above, to 400,000.
"""

import csv
import json
import sys
import time

import numpy as np
import zen
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PLACES = [("true", "", 200, 0.94), ("false", '"3p"', 950, 0.86), ("false", '"3"', 600, 0.89), ("false", "", 300, 0.92)]
CAP, LARGE_RATE, LARGE_CAP, POINTS = 150_000, 0.85, 400_000, 0.03


def zen_decision():
    """Two decision tables and an expression node."""
    table = lambda name, inputs, output, rows: {
        "id": name, "type": "decisionTableNode", "name": name, "position": {"x": 0, "y": 0},
        "content": {"hitPolicy": "first", "passThrough": True,
                    "inputs": [{"id": key, "name": key, "field": key} for key in inputs],
                    "outputs": [{"id": key, "name": key, "field": key} for key in output], "rules": rows}}
    place = [{"_id": str(at), "community": community, "level": level, "deductible": str(due), "rate": str(rate)}
             for at, (community, level, due, rate) in enumerate(PLACES)]
    person = [{"_id": "r1", "status": '"retired"', "admission": "", "points": str(POINTS)},
              {"_id": "r2", "status": "", "admission": "", "points": "0"}]
    expressions = [
        ("due", "admission >= 2 ? deductible * 0.5 : deductible"),
        ("above", "max([in_scope - $.due, 0])"),
        ("share", "rate + points"),
        ("earned", "round($.above * $.share, 2)"),
        ("pool", f"min([$.earned, {CAP}])"),
        ("used", f"$.earned > {CAP} ? ceil({CAP} / $.share * 100) / 100 : $.above"),
        ("large", f"min([round(($.above - $.used) * {LARGE_RATE}, 2), {LARGE_CAP}])"),
    ]
    node = lambda name, kind: {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}}
    nodes = [node("in", "inputNode"), table("place", ["community", "level"], ["deductible", "rate"], place),
             table("person", ["status"], ["points"], person),
             {**node("sum", "expressionNode"), "content": {"passThrough": False, "expressions": [
                 {"id": key, "key": key, "value": value} for key, value in expressions]}},
             node("out", "outputNode")]
    order = ["in", "place", "person", "sum", "out"]
    edges = [{"id": str(at), "sourceId": a, "targetId": b, "type": "edge"} for at, (a, b) in enumerate(zip(order, order[1:]))]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


def empty_decision():
    """Input to output: what calling from Python costs by itself."""
    nodes = [{"id": key, "type": f"{key}Node", "name": key, "position": {"x": 0, "y": 0}} for key in ("input", "output")]
    edges = [{"id": "1", "sourceId": "input", "targetId": "output", "type": "edge"}]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


def run_zen(bills):
    inputs = [{"status": bill["status"], "level": bill["level"], "community": bill["community"] == "true",
               "admission": int(bill["admission"]), "in_scope": int(bill["in_scope_fen"]) / 100} for bill in bills]
    empty, decision = empty_decision(), zen_decision()
    began = time.process_time()
    for one in inputs:
        empty.evaluate(one)
    calling = time.process_time() - began
    began = time.process_time()
    answers = [decision.evaluate(one)["result"] for one in inputs]
    spent = time.process_time() - began
    different = sum(round(answer["pool"] * 100) != int(bill["pool_fen"]) or round(answer["large"] * 100) != int(bill["large_fen"])
                    for answer, bill in zip(answers, bills))
    return len(bills) / spent, len(bills) / max(spent - calling, 1e-9), different


PERSON = build_entity(key="person", plural="persons", label="person", is_person=True)


def number(name, kind=int, formula=None):
    """A yearly variable of a person."""
    body = {"value_type": kind, "entity": PERSON, "definition_period": DateUnit.YEAR, "label": name}
    if formula:
        body["formula"] = formula
    return type(name, (Variable,), body)


def table_of(person, period, column):
    place = [person("community", period), person("level", period) == 4, person("level", period) == 3]
    return np.select(place, [row[column] for row in PLACES[:3]], PLACES[3][column])


def earned(person, period, parameters):
    due = table_of(person, period, 2) * 100 * np.where(person("admission", period) >= 2, 0.5, 1.0)
    return np.maximum(person("in_scope_fen", period) - due, 0)


def share(person, period, parameters):
    return np.rint((table_of(person, period, 3) + parameters(period).points * person("retired", period)) * 100) / 100


def half_up(amount):
    return np.floor(amount + 0.5 + 1e-6)


def pool_fen(person, period, parameters):
    pays = half_up(earned(person, period, parameters) * share(person, period, parameters))
    return np.minimum(pays, parameters(period).cap * 100)


def large_fen(person, period, parameters):
    law = parameters(period)
    above, rate = earned(person, period, parameters), share(person, period, parameters)
    used = np.where(half_up(above * rate) > law.cap * 100, np.ceil(law.cap * 100 / rate - 1e-6), above)
    return np.minimum(half_up((above - used) * law.large_rate), law.large_cap * 100)


def run_openfisca(bills):
    system = TaxBenefitSystem([PERSON])
    values = {"cap": CAP, "large_rate": LARGE_RATE, "large_cap": LARGE_CAP, "points": POINTS}
    system.parameters = ParameterNode("", data={key: {"values": {"2024-01-01": {"value": value}}} for key, value in values.items()})
    for kind, name in [(bool, "community"), (int, "level"), (bool, "retired"), (int, "admission"), (int, "in_scope_fen")]:
        system.add_variable(number(name, kind))
    for formula in (pool_fen, large_fen):
        system.add_variable(number(formula.__name__, int, formula))
    levels = {"none": 0, "1": 1, "2": 2, "3": 3, "3p": 4}
    columns = {"community": np.array([bill["community"] == "true" for bill in bills]),
               "level": np.array([levels[bill["level"]] for bill in bills]),
               "retired": np.array([bill["status"] == "retired" for bill in bills]),
               "admission": np.array([int(bill["admission"]) for bill in bills]),
               "in_scope_fen": np.array([int(bill["in_scope_fen"]) for bill in bills])}
    began = time.process_time()
    simulation = SimulationBuilder().build_default_simulation(system, len(bills))
    for name, column in columns.items():
        simulation.set_input(name, "2024", column)
    pool, large = simulation.calculate("pool_fen", "2024"), simulation.calculate("large_fen", "2024")
    spent = time.process_time() - began
    different = sum((pool != np.array([int(bill["pool_fen"]) for bill in bills]))
                    | (large != np.array([int(bill["large_fen"]) for bill in bills])))
    return len(bills) / spent, int(different)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        bills = list(csv.DictReader(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        yibao = dict(line.strip().split("=") for line in file)
    plain, traced = float(yibao["yibao_plain"]), float(yibao["yibao_traced"])
    few = bills[:20_000]
    zen_rate, zen_alone, zen_different = run_zen(few)
    fisca_rate, fisca_different = run_openfisca(bills)
    print(f"bills {len(bills)}; bills a CPU second, one core")
    print(f"yibao, full computation, no trace          {plain:>12,.0f}")
    print(f"yibao, full computation, traced            {traced:>12,.0f}")
    print(f"zen-engine, tables only ({len(few)} bills)     {zen_rate:>12,.0f}   yibao / zen {plain / zen_rate:,.0f}   different {zen_different}")
    print(f"zen-engine, calling from Python taken off  {zen_alone:>12,.0f}   yibao / zen {plain / zen_alone:,.0f}")
    print(f"OpenFisca-Core, tables only, one vector    {fisca_rate:>12,.0f}   yibao / OpenFisca {plain / fisca_rate:,.2f}   different {fisca_different}")


if __name__ == "__main__":
    main()
