from __future__ import annotations

from datamap.registry import exempt

exempt("policy.ChangeObjection", "Which customer, a company, objects to a change of processors, by a closed list of reasons.")
