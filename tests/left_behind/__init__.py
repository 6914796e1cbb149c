"""What is left of the course when its kernel, JupyterLab or its daemon ends, in order or not: nothing."""
