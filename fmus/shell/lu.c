/* Sparse LU by rows: each row is spread out, cleared of what lies left, and gathered again. */
#include "lu.h"

int hk_factorise(const hk_Pattern *of, const double matrix[], double factors[], double row[]) {
    const int32_t *column = of->column;
    for (int32_t q = 0; q < of->start[of->n]; q++) factors[q] = 0.0;
    for (int32_t k = 0; k < of->nonzeros; k++) factors[of->place[k]] += matrix[k];
    for (int32_t i = 0; i < of->n; i++) {
        int32_t first = of->start[i], diagonal = of->diagonal[i], end = of->start[i + 1];
        for (int32_t q = first; q < end; q++) row[column[q]] = factors[q];
        for (int32_t q = first; q < diagonal; q++) {
            int32_t above = column[q], last = of->start[above + 1];
            double factor = row[above] * factors[of->diagonal[above]];
            row[above] = factor;
            for (int32_t r = of->diagonal[above] + 1; r < last; r++) {
                row[column[r]] -= factor * factors[r];
            }
        }
        for (int32_t q = first; q < end; q++) factors[q] = row[column[q]];
        double reciprocal = 1.0 / factors[diagonal];
        if (!(reciprocal - reciprocal == 0.0) || reciprocal == 0.0) return 1 + of->order[i];
        factors[diagonal] = reciprocal;
    }
    return 0;
}

void hk_substitute(const hk_Pattern *of, const double factors[], double b[], double work[]) {
    const int32_t *column = of->column;
    for (int32_t i = 0; i < of->n; i++) {
        double value = b[of->order[i]];
        for (int32_t q = of->start[i]; q < of->diagonal[i]; q++) {
            value -= factors[q] * work[column[q]];
        }
        work[i] = value;
    }
    for (int32_t i = of->n - 1; i >= 0; i--) {
        double value = work[i];
        for (int32_t q = of->diagonal[i] + 1; q < of->start[i + 1]; q++) {
            value -= factors[q] * work[column[q]];
        }
        work[i] = value * factors[of->diagonal[i]];
    }
    for (int32_t i = 0; i < of->n; i++) b[of->order[i]] = work[i];
}

/* The same with rows and columns exchanged: U' first, then L'. */
void hk_substitute_transposed(const hk_Pattern *of, const double factors[], double b[],
                              double work[]) {
    const int32_t *column = of->column;
    for (int32_t i = 0; i < of->n; i++) work[i] = b[of->order[i]];
    for (int32_t i = 0; i < of->n; i++) {
        work[i] *= factors[of->diagonal[i]];
        for (int32_t q = of->diagonal[i] + 1; q < of->start[i + 1]; q++) {
            work[column[q]] -= factors[q] * work[i];
        }
    }
    for (int32_t i = of->n - 1; i >= 0; i--) {
        for (int32_t q = of->start[i]; q < of->diagonal[i]; q++) {
            work[column[q]] -= factors[q] * work[i];
        }
    }
    for (int32_t i = 0; i < of->n; i++) b[of->order[i]] = work[i];
}
