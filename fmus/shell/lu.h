/* Sparse LU over a pattern that was worked out when the model was exported. */
#ifndef HK_LU_H
#define HK_LU_H

#include <stdint.h>

/* Rows and columns of the factors count in the order of elimination. */
typedef struct {
    int32_t n;
    int32_t nonzeros;         /* of the matrix, by column as the equations deliver them */
    const int32_t *order;     /* which unknown is eliminated i-th */
    const int32_t *start;     /* row i of the factors has the places start[i] ... start[i+1] - 1 */
    const int32_t *column;    /* by place, rising within a row */
    const int32_t *diagonal;  /* place of each row's diagonal */
    const int32_t *place;     /* by nonzero of the matrix: its place in the factors */
} hk_Pattern;

/* `factors` has room for start[n] numbers, `row` and `work` for n. No rows are exchanged.
 * hk_factorise returns 0, or 1 + the unknown whose pivot is zero or not finite. */
int hk_factorise(const hk_Pattern *of, const double matrix[], double factors[], double row[]);
void hk_substitute(const hk_Pattern *of, const double factors[], double b[], double work[]);
void hk_substitute_transposed(const hk_Pattern *of, const double factors[], double b[],
                              double work[]);

#endif
