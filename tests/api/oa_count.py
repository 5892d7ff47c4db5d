import collections, schemathesis
C=collections.Counter()
@schemathesis.hook
def after_call(context, case, response):
    if case.method==case.operation.method.upper(): C[(case.operation.label, response.status_code)]+=1
import atexit
@atexit.register
def show():
    with open("/tmp/oa_counts","w") as f:
        for k,v in sorted(C.items(), key=str): print(k,v,file=f)
        print(sum(C.values()),file=f)
