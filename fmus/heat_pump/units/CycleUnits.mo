model CycleUnit "A machine with the refrigerant cycle that switches itself"
  extends CycleMachine;
  OnOff switch(T_condensing_trip = min(375.15, T_critical - 5.0));
equation
  on = switch.on;
  switch.T_h = T_condensing;
  switch.T_e = T_evaporating;
end CycleUnit;

model SeriesUnits "Three units with the cycle, one after the other: from README.md"
  parameter Real tau_pump = 5.0;
  parameter Real P_pump_nominal = 15e3;
  parameter Real T_source_in = 303.15;
  parameter Real T_sink_in = 323.15;
  parameter Real T_sink_swing = 0.0 "over 3300 s, K";
  parameter Real u_run_mean = 1.0;
  parameter Real u_run_swing = 0.0 "over 4500 s";
  CycleUnit unit[3];
  Sequencer stage(units = 3);
  Queue queue;
  Real n_pump(start = 0.9, fixed = true);
  Real E_auxiliary(start = 0.0, fixed = true);
  Real u_compressor;
  Real u_pump;
  Real m_source;
  Real m_sink;
  Real running;
  Real T_source_out;
  Real T_sink_out;
  Real P_electric;
  Real Q_condenser;
  Real Q_evaporator;
  Real P_auxiliary;
equation
  u_compressor = 0.55 + 0.43 * cos(2.0 * 3.141592653589793 * time / 5400.0);
  u_pump = 0.75 + 0.15 * cos(2.0 * 3.141592653589793 * time / 4100.0);
  m_sink = 20.0 + 4.0 * cos(2.0 * 3.141592653589793 * time / 5400.0);
  // which run: unit 1 always leads
  stage.demand = 3.0 * u_compressor;
  stage.u_run = u_run_mean + u_run_swing * sin(2.0 * 3.141592653589793 * time / 4500.0);
  queue.k = stage.k;
  queue.lead = stage.lead;
  queue.on[1] = unit[1].switch.runs;
  queue.ready[1] = unit[1].switch.ready;
  unit[1].switch.wanted = queue.wanted[1];
  unit[1].switch.unwanted = not queue.wanted[1];
  queue.on[2] = unit[2].switch.runs;
  queue.ready[2] = unit[2].switch.ready;
  unit[2].switch.wanted = queue.wanted[2];
  unit[2].switch.unwanted = not queue.wanted[2];
  queue.on[3] = unit[3].switch.runs;
  queue.ready[3] = unit[3].switch.ready;
  unit[3].switch.wanted = queue.wanted[3];
  unit[3].switch.unwanted = not queue.wanted[3];
  running = unit[1].on + unit[2].on + unit[3].on;
  // the sink's water meets unit 1 first, the source's unit 3
  tau_pump * der(n_pump) = u_pump - n_pump;
  m_source = unit[1].m_source_nominal * n_pump;
  P_auxiliary = P_pump_nominal * n_pump ^ 3;
  for i in 1:3 loop
    unit[i].source_m = m_source;
    unit[i].sink_m = m_sink;
    unit[i].n_wanted = min(1.0, 3.0 * u_compressor / max(running, 1.0));
  end for;
  unit[1].sink_T = T_sink_in + T_sink_swing * sin(2.0 * 3.141592653589793 * time / 3300.0);
  unit[2].sink_T = unit[1].Tc[3];
  unit[3].sink_T = unit[2].Tc[3];
  unit[3].source_T = T_source_in;
  unit[2].source_T = unit[3].Te[3];
  unit[1].source_T = unit[2].Te[3];
  T_source_out = unit[1].Te[3];
  T_sink_out = unit[3].Tc[3];
  // what meters read
  P_electric = unit[1].P_electric + unit[2].P_electric + unit[3].P_electric;
  Q_condenser = 4186.0 * m_sink * (T_sink_out - unit[1].sink_T);
  Q_evaporator = 4186.0 * m_source * (T_source_in - T_source_out);
  der(E_auxiliary) = P_auxiliary;
end SeriesUnits;
