"""Verbs: one function per thing that staff do, taking the world and the actor, giving back frozen dataclasses."""
