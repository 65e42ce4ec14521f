/* operation.c - a switch for each question. */
#include "02_concurrency/interleave/operation.h"

graph_value operation_cut(graph_value value, int size)
{
    return size == 16 ? value : value & (((graph_value)1 << 8 * size) - 1);
}

static graph_value result(const struct operation *operation, graph_value value)
{
    graph_value operand = operation->operand;
    switch (operation->update) {
    case UPDATE_ADD:
        return value + operand;
    case UPDATE_SUB:
        return value - operand;
    case UPDATE_AND:
        return value & operand;
    case UPDATE_OR:
        return value | operand;
    case UPDATE_XOR:
        return value ^ operand;
    case UPDATE_NAND:
        return ~(value & operand);
    case UPDATE_TAKE:
    case UPDATE_TRY_TAKE:
        return value - 1;
    case UPDATE_SHARE:
        return value + 1;
    case UPDATE_WAKE:
        for (; operand > 0 && value != 0; operand--)
            value &= value - 1;
        return value;
    default:
        return operand;
    }
}

graph_value operation_result(const struct operation *operation, graph_value value)
{
    return operation_cut(result(operation, value), operation->size);
}

bool operation_writes(const struct operation *operation, graph_value value, bool spurious)
{
    switch (operation->update) {
    case UPDATE_NONE:
        return false;
    case UPDATE_COMPARE:
    case UPDATE_WAIT:
        return value == operation->expected && !spurious;
    case UPDATE_TAKE:
        return value > 0 && !spurious;
    case UPDATE_TRY_TAKE:
        return value > 0;
    case UPDATE_SHARE:
        return value != UINT32_MAX && !spurious;
    default:
        return true;
    }
}

bool operation_waits(const struct operation *operation, graph_value value)
{
    if (operation->kind != EVENT_READ)
        return false;
    if (operation->update == UPDATE_WAIT || operation->update == UPDATE_TAKE ||
        operation->update == UPDATE_SHARE)
        return !operation_writes(operation, value, false);
    return (value & operation->wait_mask) != 0;
}
