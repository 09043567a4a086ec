// Only a name.
func.func private @first()
