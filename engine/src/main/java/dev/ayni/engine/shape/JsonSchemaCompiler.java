package dev.ayni.engine.shape;
final class JsonSchemaCompiler { static Grammar compile(String t) { throw new ShapeException(t);} }
