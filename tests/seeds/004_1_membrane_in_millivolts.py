import brian2
v0 =  -10 * brian2.mV
tau = 10 * brian2.ms
brian2.start_scope()
eqs = 'dv/dt = (v0-v)/tau : volt (unless refractory)'
G = brian2.NeuronGroup(1, eqs, threshold='v > -40*mV', reset='v = -60*mV', refractory=5*brian2.ms, method='exact')
G.v = -70 * brian2.mV
M = brian2.StateMonitor(G, 'v', record=True)
brian2.run(50*brian2.ms)
brian2.plot(M.t/brian2.ms, M.v[0]/brian2.mV)
brian2.xlabel('Time (ms)')
brian2.ylabel('Ptential (mV)');
