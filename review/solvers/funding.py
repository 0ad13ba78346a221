"""The best set of applications that the money and the ceilings allow, by CP-SAT: shown beside the line, deciding nothing."""

from ortools.sat.python import cp_model

SECONDS = 20


def answer(question: dict) -> dict:
    """`weights`: whole numbers, one an application; `limits`: [[amount of each application], ceiling]; `out`: who cannot be chosen.

    Returns the chosen positions, their weight, the bound, and whether it is proven.
    """
    model, weights = cp_model.CpModel(), question["weights"]
    chosen = [model.new_bool_var(str(n)) for n in range(len(weights))]
    for n in question["out"]:
        model.add(chosen[n] == 0)
    for amounts, ceiling in question["limits"]:
        model.add(sum(amount * one for amount, one in zip(amounts, chosen, strict=True)) <= ceiling)
    model.maximize(sum(weight * one for weight, one in zip(weights, chosen, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = question.get("seconds", SECONDS)
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    found = solver.solve(model)
    if found not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {"chosen": [], "weight": 0, "bound": 0, "proven": found == cp_model.INFEASIBLE}
    return {
        "chosen": [n for n, one in enumerate(chosen) if solver.value(one)], "weight": round(solver.objective_value),
        "bound": round(solver.best_objective_bound), "proven": found == cp_model.OPTIMAL,
    }
