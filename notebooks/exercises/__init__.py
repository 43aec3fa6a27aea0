"""What the notebooks' exercises ask: hidden inputs, references and known wrong answers with their hints.

One module a notebook. They lie beside the notebooks because they are content, not helpers.
"""
