"""Drills: killing real processes at named moments, and looking at what is left."""
