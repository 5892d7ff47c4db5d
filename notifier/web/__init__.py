"""The HTTP doors, one blueprint per audience. A door checks who and what, calls a service, and renders its answer."""
