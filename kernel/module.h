/* What the files that know Python share. */
#ifndef SMALLPRINT_MODULE_H
#define SMALLPRINT_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "breaks.h"

/* Whether a buffer has n items of a size; else the error that says so. */
int has_items(const Py_buffer *buffer, Py_ssize_t n, Py_ssize_t size, const char *name);

/* module_breaks.c */

/* Whether this is what lexicon() gave, or nothing at all; else the error that says so. */
int is_lexicon(const Py_buffer *lexicon);

/* Its nodes, as word_starts and line_breaks take them; NULL for nothing. */
const Node *nodes_of(const Py_buffer *lexicon);

/* Put the functions of module_breaks.c and module_runs.c into the module; -1 with an error set if that fails. */
int add_break_functions(PyObject *module);
int add_run_functions(PyObject *module);

#endif
