"""Renderers: from changes to bytes, one module per wire format."""
