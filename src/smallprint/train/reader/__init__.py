"""Training the embedded reader: pages drawn at random, a small vision transformer, its ONNX file."""
