"""Nutrition and energy: intake, risk of undernutrition, and what training asks for."""
