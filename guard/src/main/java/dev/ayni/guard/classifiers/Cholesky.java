package dev.ayni.guard.classifiers;

/** A symmetric, positive matrix as the product of a triangle and its mirror image, by which equations are solved. */
final class Cholesky {
    private final double[][] triangle;

    /** @param matrix [n][n], of which the part up to the diagonal is read, and overwritten */
    Cholesky(double[][] matrix) {
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= matrix[i][k] * matrix[j][k];
                }
                assert i != j || sum > 0 : "a covariance with an identity added is positive";
                matrix[i][j] = i == j ? Math.sqrt(sum) : sum / matrix[j][j];
            }
        }
        triangle = matrix;
    }

    /** What the matrix times it is {@code right}. */
    double[] solved(double[] right) {
        double[] solved = right.clone();
        for (int i = 0; i < solved.length; i++) {
            for (int k = 0; k < i; k++) {
                solved[i] -= triangle[i][k] * solved[k];
            }
            solved[i] /= triangle[i][i];
        }
        for (int i = solved.length - 1; i >= 0; i--) {
            solved[i] /= triangle[i][i];
            for (int k = 0; k < i; k++) {
                solved[k] -= triangle[i][k] * solved[i];
            }
        }
        return solved;
    }
}
