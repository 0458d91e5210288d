/* A library with NCCL's name that lacks most of its functions. */
__attribute__((visibility("default"))) int ncclGetVersion(int *version)
{
    *version = 22703;
    return 0;
}
