"""Parametric spines: anatomy, sagittal sections, renderers and coarse volumes. Everything is procedural; no patient data."""
