"""May this person? Roles, permissions, scope, need to know and walls; one policy table, standard library only."""
