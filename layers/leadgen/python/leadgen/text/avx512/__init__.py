"""BERT encoders on AVX-512, in fp32 or in 8-bit integers, by a small C library of ours.

It is optional: `python -m leadgen.text.avx512` compiles it, onnxruntime serves where it cannot run.
"""
