from brian2 import *

start_scope()

N = 100 #Number of cells
tau = 10*ms #Membrane time constant
v0 = -50*mV #Resting membrane potential

eqs = '''
dv/dt = (v0-v+I)/tau : volt (unless refractory)
I : volt
'''

G = NeuronGroup(N, eqs, threshold='v>-40*mV', reset='v=-60*mV', refractory=1*ms, method='exact')
G.v = -70*mV

M = SpikeMonitor(G)

I_max = 40*mV
G.I = 'i*I_max/(N-1)'

duration = 1000*ms
run(duration)

plot(M.t/ms, M.i, '.k')
xlabel('Time (ms)')
ylabel('Neuron index');

plot(G.I/mV, M.count/duration)
xlabel('Input (mV)')
ylabel('Firing rate (sp/s)');
