"""What this room holds of people: applications, and the employments that came of them."""

from datamap.registry import exempt
from recruitment.personal_data.applications import Applications
from recruitment.personal_data.employments import Employments

__all__ = ["Applications", "Employments"]

exempt("recruitment.Vacancy", "Jobs: they say nothing of anybody.")
